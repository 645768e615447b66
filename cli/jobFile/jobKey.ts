/** One key of a job: its spellings, and how its text is read. */
import type { Parsed } from '../format/parsed.ts';
import type { JobDraft } from './draft.ts';
import * as read from './keyReader.ts';

export type KeyContext = {
  readonly nowMs: number;
  readonly environment: Readonly<Record<string, string | undefined>>;
};

export type JobKey = {
  readonly name: string;
  /** Other spellings of the option; one letter is a short option. */
  readonly aliases: readonly string[];
  readonly takes: 'value' | 'values' | 'nothing';
  /** Stands for the value in --help. */
  readonly placeholder: string;
  readonly describe: string;
  readonly read: (text: string, context: KeyContext) => Parsed<JobDraft>;
};

export const as =
  <T>(reader: read.Reader<T>, make: (value: T) => JobDraft): JobKey['read'] =>
  (text) =>
    read.mapParsed(reader(text), make);

type Described = Pick<JobKey, 'name' | 'describe' | 'read'> & Partial<JobKey>;

export const key = (described: Described): JobKey => ({
  aliases: [],
  takes: 'value',
  placeholder: 'TEXT',
  ...described,
});

export const oneToMany = (to: number) => read.wholeNumber({ from: 1, to });
