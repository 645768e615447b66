/**
 * Several ranks on one screen: each rank's bytes are cut into lines, so that no line of one rank
 * lies inside that of another; with labels every line begins with its rank.
 */
export type RankLines = {
  readonly write: (rank: number, bytes: Uint8Array) => void;
  /** Prints what is left without a line end. */
  readonly end: () => void;
};

const LONGEST_LINE_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

export function rankLines(options: {
  readonly ranks: number;
  readonly label: boolean;
  readonly print: (bytes: Uint8Array) => void;
}): RankLines {
  const { ranks, label, print } = options;
  if (ranks <= 1 && !label) return { write: (_, bytes) => print(bytes), end: () => undefined };
  const digits = String(Math.max(0, ranks - 1)).length;
  const open = new Map<number, Buffer>();
  const prefix = (rank: number): Buffer =>
    Buffer.from(label ? `${String(rank).padStart(digits)}: ` : '');
  const put = (rank: number, line: Uint8Array): void =>
    print(Buffer.concat([prefix(rank), line, Buffer.from([NEWLINE])]));
  return {
    write(rank, bytes) {
      let rest = Buffer.concat([open.get(rank) ?? Buffer.alloc(0), bytes]);
      for (let cut = rest.indexOf(NEWLINE); cut >= 0; cut = rest.indexOf(NEWLINE)) {
        put(rank, rest.subarray(0, cut));
        rest = rest.subarray(cut + 1);
      }
      if (rest.length > LONGEST_LINE_BYTES) {
        put(rank, rest);
        rest = Buffer.alloc(0);
      }
      if (rest.length > 0) open.set(rank, rest);
      else open.delete(rank);
    },
    end() {
      for (const [rank, rest] of [...open].sort(([a], [b]) => a - b)) put(rank, rest);
      open.clear();
    },
  };
}
