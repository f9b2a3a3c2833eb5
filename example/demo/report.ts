/**
 * Prints what the demo does, step by step, as text or as one JSON object a line, and remembers whether all of it held.
 */

export interface Step {
  readonly scene: string;
  readonly step: string;
  readonly ok: boolean;
  /** Milliseconds that the step took. */
  readonly ms: number;
  /** What was seen, where that is worth showing. */
  readonly seen?: string;
  /** Why it failed. */
  readonly error?: string;
}

export class Report {
  private failed = 0;
  private passed = 0;
  private scene = '';
  private readonly began = performance.now();

  constructor(private readonly json: boolean) {}

  /** Begins a scene: `name` in JSON, `title` as its heading. */
  begin(name: string, title: string): void {
    this.scene = name;
    if (!this.json) console.log(`\n${name}. ${title}`);
  }

  /**
   * Runs one step. It holds if `run` comes back; a text that it gives is shown. A step that fails is reported, and its error thrown on, since
   * what follows builds on it.
   */
  async step(step: string, run: () => unknown): Promise<void> {
    const began = performance.now();
    try {
      const seen: unknown = await run();
      this.print({ scene: this.scene, step, ok: true, ms: since(began), ...(typeof seen === 'string' ? { seen } : {}) });
    } catch (error) {
      this.print({ scene: this.scene, step, ok: false, ms: since(began), error: String(error) });
      throw error;
    }
  }

  /** Prints the last line and says whether every step held. */
  end(): boolean {
    const seconds = (since(this.began) / 1000).toFixed(1);
    if (!this.json) console.log(`\n${this.passed} steps held, ${this.failed} failed, in ${seconds} s`);
    return this.failed === 0;
  }

  private print(step: Step): void {
    if (step.ok) this.passed += 1;
    else this.failed += 1;
    if (this.json) {
      console.log(JSON.stringify(step));
      return;
    }
    const time = `${step.ms.toFixed(0)} ms`.padStart(8);
    const detail = step.error ?? step.seen;
    console.log(`  ${step.ok ? '✓' : '✗'} ${time}  ${step.step}${detail ? `: ${detail}` : ''}`);
  }
}

function since(began: number): number {
  return Math.round((performance.now() - began) * 10) / 10;
}

/** Fails with what was expected and what was there. */
export function expect(actual: unknown, expected: unknown, what: string): void {
  const [left, right] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (left !== right) throw new Error(`${what}: expected ${right}, got ${left}`);
}
