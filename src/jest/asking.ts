/** Asking the app for a user token: one question at a time, with growing pauses after answers that are of no use. */
import { waitForEver } from './backoff';
import type { Clock, Timer } from './clock';

/** How long an answer is waited for. */
const ANSWER_MS = 60_000;

/** The question and what became of it. */
export class Asking {
  readonly #clock: Clock;
  readonly #ask: () => void;
  /** Whoever waits for the token has waited long enough. */
  onLost: () => void = () => undefined;
  /** Whether there is a `getUserToken` to ask. */
  #provider = false;
  /** Runs while an answer is waited for. */
  #open: Timer | undefined;
  /** Runs while the next question has to wait. */
  #pause: Timer | undefined;
  /** Whether a token is needed that can't be asked for yet. */
  #wanted = false;
  #failures = 0;
  /** Whether the token that is here came as an answer and was not accepted by the gateway yet. */
  #unproven = false;

  constructor(clock: Clock, ask: () => void) {
    this.#clock = clock;
    this.#ask = ask;
  }

  /** The app is configured anew: whatever was wrong with tokens before says nothing any more. */
  startOver(provider: boolean): void {
    this.#provider = provider;
    this.#close();
    this.accepted();
    this.#wanted = false;
  }

  /** A token is needed. Whether one is on its way. */
  need(): boolean {
    if (this.#provider && this.#open === undefined) {
      this.#wanted = this.#pause !== undefined;
      if (!this.#wanted) this.#put();
    }
    return this.#open !== undefined;
  }

  /** The app answered, or brought a token without being asked. */
  answered(token: boolean): void {
    this.#wanted = false;
    if (token) this.#unproven = this.#close();
    else this.#useless();
  }

  /** The gateway refused the token. The first that came as an answer may have been one that the app had kept for too long: no pause. */
  refused(): void {
    if (!this.#unproven) return;
    this.#unproven = false;
    this.#useless();
    if (this.#failures === 1) this.hurry();
  }

  /** The gateway accepted the token. */
  accepted(): void {
    this.#unproven = false;
    this.#failures = 0;
    this.hurry();
  }

  /** The user wants something, or the app is in front again: the next question does not wait. */
  hurry(): void {
    this.#clock.cancel(this.#pause);
    this.#pause = undefined;
  }

  #put(): void {
    this.#open = this.#clock.at(this.#clock.now() + ANSWER_MS, () => {
      this.#useless();
      this.#wanted = true;
      this.onLost();
    });
    this.#ask();
  }

  /** Whether an answer was waited for. */
  #close(): boolean {
    const wasOpen = this.#open !== undefined;
    this.#clock.cancel(this.#open);
    this.#open = undefined;
    return wasOpen;
  }

  #useless(): void {
    this.#close();
    this.hurry();
    this.#failures += 1;
    this.#pause = this.#clock.at(this.#clock.now() + waitForEver(this.#failures), () => {
      this.#pause = undefined;
      if (this.#wanted) this.need();
    });
  }
}
