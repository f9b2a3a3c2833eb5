/** Numbers that look random and are the same at every run with the same seed (a linear congruential generator). */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** The next number below `bound`. */
  below(bound: number): number {
    this.#state = (this.#state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor(this.#state / 2 ** 8) % bound;
  }

  /** One of these. */
  one<Item>(of: readonly [Item, ...Item[]]): Item {
    return of[this.below(of.length)] ?? of[0];
  }
}
