import type { Agenda } from '../../scheduler/sim/agenda.ts';

/** A node's monotonic clock: starts at 0 with each boot and runs a little fast or slow. */
export class NodeClock {
  private readonly agenda: Agenda;
  private readonly rate: number;
  /** What its wall clock is wrong by. */
  private readonly wallErrorMs: number;
  private bootMs: number;

  constructor(agenda: Agenda, options: { readonly rate: number; readonly wallErrorMs: number }) {
    this.agenda = agenda;
    this.rate = options.rate;
    this.wallErrorMs = options.wallErrorMs;
    this.bootMs = agenda.nowMs();
  }

  boot(): void {
    this.bootMs = this.agenda.nowMs();
  }

  monotonicMs(): number {
    return (this.agenda.nowMs() - this.bootMs) * this.rate;
  }

  wallMs(): number {
    return this.agenda.nowMs() + this.wallErrorMs;
  }

  /** After so many of this clock's milliseconds. */
  later(milliseconds: number, action: () => void): void {
    this.agenda.at(this.agenda.nowMs() + Math.ceil(milliseconds / this.rate), action);
  }
}
