/** The day that is shown. Maps of a pair share one clock, so that they move together. */

export class Clock {
  private index = 0;
  private readonly listeners = new Set<(day: number) => void>();
  private frame = 0;

  constructor(readonly days: number[]) {}

  get position(): number {
    return this.index;
  }

  get day(): number {
    return this.days[this.index] ?? 0;
  }

  get playing(): boolean {
    return this.frame !== 0;
  }

  move(position: number): void {
    const bounded = Math.max(0, Math.min(this.days.length - 1, Math.round(position)));
    if (bounded === this.index || Number.isNaN(bounded)) return;
    this.index = bounded;
    this.tell();
  }

  /** Calls at once, then whenever the day or the playing changes; the answer stops it. */
  listen(listener: (day: number) => void): () => void {
    this.listeners.add(listener);
    listener(this.day);
    return () => this.listeners.delete(listener);
  }

  /** One day a frame at most; short paths go slowly enough to be seen. */
  play(): void {
    if (this.playing) return;
    const last = this.days.length - 1;
    const from = this.index >= last ? 0 : this.index;
    const milliseconds = Math.max(1000 / 30, Math.min(250, 8000 / (last + 1)));
    let start: number | undefined;
    const step = (now: number) => {
      start ??= now;
      const position = from + Math.floor((now - start) / milliseconds);
      this.frame = position >= last ? 0 : requestAnimationFrame(step);
      this.move(position);
      if (!this.playing) this.tell();
    };
    this.frame = requestAnimationFrame(step);
    this.tell();
  }

  pause(): void {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.tell();
  }

  /** Redrawing the page makes new listeners. */
  forget(): void {
    this.listeners.clear();
  }

  private tell(): void {
    for (const listener of this.listeners) listener(this.day);
  }
}

/** Days of all, in order, each once. */
export function union(days: (number[] | undefined)[]): number[] {
  return [...new Set(days.flatMap((some) => some ?? []))].sort((one, other) => one - other);
}
