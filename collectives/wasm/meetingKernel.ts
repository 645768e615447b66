import {
  I32,
  atomicLoad,
  atomicStore,
  constant,
  float,
  get,
  ifThen,
  int,
  long,
  loop,
  memoryCopy,
  op,
  set,
  tee,
} from './assembler.ts';
import type { WasmFunction } from './assembler.ts';
import type { ElementOperation } from './elementOperation.ts';
import { DESK, LINE, LINE_BYTES, NOTES, RECORD } from './meetingLayout.ts';

/**
 * The meeting of the ranks of a team inside WebAssembly: `(desk, record, how)`. Arriving = storing
 * the next sequence number in the own line, meeting = seeing it in every line. Nothing is taken back when
 * a kernel returns early: the caller does what the status says and calls it again.
 */
export const MET = 1;
/** Somebody has not come within the polls. */
export const SPUN_OUT = 0;
/** Somebody came with other call words. */
export const DIFFERS = -1;
/** Somebody sleeps and must be woken. */
export const SLEEPERS = -2;
/** The accounting notes this call: before anything else. */
export const NOTED = -3;

/** How: look for sleepers; count the call; compare what others came with. */
export const LOOK = 1;
export const COUNT = 2;
export const COMPARE = 4;

const DESK_AT = 0;
export const RECORD_AT = 1;
const HOW = 2;
const SEQUENCE = 3;
/** 0 or 1. */
export const PARITY = 4;
/** The first line of this parity; the own line, then the one looked at; the end. */
const BASE = 5;
export const OWN = 6;
const LAST = 7;
const POLLS = 8;
const KIND = 9;
/** The first local that a kernel may use for itself; the ones above take MEETING_LOCALS. */
export const FREE = 10;
export const MEETING_PARAMETERS = 3;
export const MEETING_LOCALS = [FREE - MEETING_PARAMETERS, I32] as const;

/** Instructions in readable rows. */
const rows = (list: readonly (readonly number[])[]): number[] => list.flat();
/** The double at an address in a local, plus what `more` leaves on the stack. */
const increase = (local: number, offset: number, more: readonly number[]): number[] => [
  ...get(local),
  ...get(local),
  ...float.load(offset),
  ...more,
  float.add,
  ...float.store(offset),
];
const field = (from: number, offset: number): number[] => [...get(from), ...int.load(offset)];

/** One meeting: `lay` puts the own data where others find it, `visit` sees every line, `take` ends. */
export function meeting(by: {
  readonly lay?: readonly number[];
  readonly visit?: readonly number[];
  readonly take?: readonly number[];
}): number[] {
  return rows([
    noteFirst,
    // base = lines + parity * all; own = base + mine
    [...field(DESK_AT, DESK.sequence), ...constant(1), op.add, ...tee(SEQUENCE)],
    [...constant(1), op.and, ...tee(PARITY), ...field(DESK_AT, DESK.all), op.multiply],
    [...field(DESK_AT, DESK.lines), op.add, ...tee(BASE)],
    [...field(DESK_AT, DESK.mine), op.add, ...set(OWN)],
    by.lay ?? [],
    say,
    [...get(OWN), ...get(SEQUENCE), ...atomicStore(LINE.sequence)],
    count,
    [...get(HOW), ...constant(LOOK), op.and, ...ifThen],
    [...field(DESK_AT, DESK.sleepers), ...atomicLoad(0), ...ifThen],
    [...constant(SLEEPERS), op.return, op.end, op.end],
    lookAround(by.visit ?? []),
    by.take ?? [],
    leave,
    constant(MET),
  ]);
}

/** Counts calls by difference, so that they may wrap around. */
const noteFirst = rows([
  [...get(HOW), ...constant(COUNT), op.and, ...ifThen],
  [...field(RECORD_AT, RECORD.noted), ...ifThen],
  [...field(DESK_AT, DESK.notes), ...tee(KIND), ...int.load(NOTES.calls), ...constant(1), op.add],
  [...field(KIND, NOTES.next), op.subtract, ...constant(0), op.greaterEqual, ...ifThen],
  [...constant(NOTED), op.return, op.end, op.end, op.end],
]);

/** The note is said anew every time; call and arguments when the line holds another record's. */
const say = rows([
  [...get(OWN), ...field(DESK_AT, DESK.notes), ...int.load(NOTES.proposed)],
  int.store(LINE.note),
  [...get(DESK_AT), ...get(PARITY), ...constant(4), op.multiply, op.add, ...tee(LAST)],
  [...int.load(DESK.spoken), ...get(RECORD_AT), op.notEqual, ...ifThen],
  ...[0, 8, 16].map((at) => [
    ...get(OWN),
    ...get(RECORD_AT),
    ...long.load(RECORD.said + at),
    ...long.store(LINE.said + at),
  ]),
  [...get(OWN), ...field(RECORD_AT, RECORD.said + 24), ...int.store(LINE.said + 24)],
  [...get(LAST), ...get(RECORD_AT), ...int.store(DESK.spoken), op.end],
]);

/** While the others' lines are on their way, so that it costs next to nothing. */
const count = rows([
  [...get(HOW), ...constant(COUNT), op.and, ...ifThen],
  [...field(RECORD_AT, RECORD.kind), ...set(KIND)],
  increase(KIND, 0, float.constant(1)),
  [...field(DESK_AT, DESK.traffic), ...set(KIND)],
  increase(KIND, 0, [...get(RECORD_AT), ...float.load(RECORD.sent)]),
  increase(KIND, 8, [...get(RECORD_AT), ...float.load(RECORD.received)]),
  [...field(DESK_AT, DESK.notes), ...tee(KIND), ...get(KIND), ...int.load(NOTES.calls)],
  [...field(RECORD_AT, RECORD.noted), op.add, ...int.store(NOTES.calls), op.end],
]);

/** kind's seconds += (polls allowed - polls left) * seconds per poll */
const blocked = rows([
  [...field(RECORD_AT, RECORD.kind), ...set(KIND)],
  increase(KIND, 8, [
    ...field(DESK_AT, DESK.polls),
    ...get(POLLS),
    op.subtract,
    float.ofInt,
    ...get(DESK_AT),
    ...float.load(DESK.pollSeconds),
    float.multiply,
  ]),
]);

const lookAround = (visit: readonly number[]): number[] =>
  rows([
    [...field(DESK_AT, DESK.polls), ...set(POLLS)],
    [...get(BASE), ...tee(OWN), ...field(DESK_AT, DESK.all), op.add, ...set(LAST)],
    loop,
    loop,
    [...get(OWN), ...atomicLoad(LINE.sequence), ...get(SEQUENCE), op.notEqual, ...ifThen],
    [...get(POLLS), ...constant(1), op.subtract, ...tee(POLLS), op.branchIf, 1],
    [...blocked, ...constant(SPUN_OUT), op.return, op.end],
    [op.end],
    [...get(HOW), ...constant(COMPARE), op.and, ...ifThen],
    [...get(OWN), ...long.load(LINE.said), ...get(RECORD_AT), ...long.load(RECORD.said)],
    [long.notEqual, ...field(OWN, LINE.said + 8), ...field(RECORD_AT, RECORD.said + 8)],
    [op.notEqual, op.or, ...ifThen, ...constant(DIFFERS), op.return, op.end, op.end],
    visit,
    [...get(OWN), ...constant(LINE_BYTES), op.add, ...tee(OWN), ...get(LAST), op.lessU],
    [op.branchIf, 0, op.end],
  ]);

/** All have come: the other lines are free, and ours of them is fetched before it is needed. */
const leave = rows([
  [...get(DESK_AT), ...get(SEQUENCE), ...int.store(DESK.sequence)],
  [...field(DESK_AT, DESK.notes), ...field(BASE, LINE.note), ...int.store(NOTES.next)],
  blocked,
  [...constant(1), ...get(PARITY), op.subtract, ...field(DESK_AT, DESK.all), op.multiply],
  [...field(DESK_AT, DESK.lines), op.add, ...field(DESK_AT, DESK.mine), op.add],
  [...get(SEQUENCE), ...int.store(LINE.touched)],
]);

export const syncKernel: WasmFunction = {
  name: 'sync',
  parameters: MEETING_PARAMETERS,
  returns: true,
  locals: [MEETING_LOCALS],
  body: meeting({}),
};

/** `wait(address, value, polls)`: polls left when the word has the value, else SPUN_OUT. */
export const waitKernel: WasmFunction = {
  name: 'wait',
  parameters: 3,
  returns: true,
  locals: [],
  body: rows([
    loop,
    [...get(0), ...atomicLoad(0), ...get(1), op.equal, ...ifThen, ...get(2), op.return, op.end],
    [...get(2), ...constant(1), op.subtract, ...tee(2), op.branchIf, 0, op.end],
    constant(SPUN_OUT),
  ]),
};

/** `copy(to, from, bytes)`. */
export const copyKernel: WasmFunction = {
  name: 'copy',
  parameters: 3,
  returns: false,
  locals: [],
  body: [...get(0), ...get(1), ...get(2), ...memoryCopy],
};

/** Of a one-element allreduce: addresses, in the record. */
export const TINY = { input: RECORD.arguments, output: RECORD.arguments + 4 } as const;

/** A whole allreduce of one element: it travels in the line beside the sequence number. */
export function tinyKernel(name: string, operation: ElementOperation): WasmFunction {
  const [total, next] = [FREE, FREE + 1] as const;
  const visit = rows([
    [...get(OWN), ...operation.load(LINE.inline), ...set(next)],
    [...get(OWN), ...get(BASE), op.equal, ...ifThen, ...get(next), ...set(total), op.else],
    [...operation.scalar(total, next), ...set(total), op.end],
  ]);
  return {
    name,
    parameters: MEETING_PARAMETERS,
    returns: true,
    locals: [MEETING_LOCALS, [2, operation.type]],
    body: meeting({
      lay: [
        ...get(OWN),
        ...field(RECORD_AT, TINY.input),
        ...operation.load(0),
        ...operation.store(LINE.inline),
      ],
      visit,
      take: [...field(RECORD_AT, TINY.output), ...get(total), ...operation.store(0)],
    }),
  };
}
