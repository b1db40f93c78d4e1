/** What every store of output does: pages of what is held, copies that grow by what follows them alone, and forgetting. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LIMITS } from '../../core/config/constants.ts';
import { OUTPUT } from '../../core/config/processes.ts';
import { hashId, type RunId } from '../../core/domain/ids.ts';
import type { OutputSpan } from '../../core/domain/output-spans.ts';
import type { OutputStore } from '../../core/ports/output-store.ts';

export interface OutputStoreBed {
  readonly store: OutputStore;
  /** What a run of this machine has written so far. `ended`: it writes no more. `errors`: what of it to standard error. */
  own(runId: RunId, output: string, ended: boolean, errors?: readonly OutputSpan[]): Promise<void>;
  /** Makes all that is held of a run, its own or a copy, so much older. */
  age(runId: RunId, byMs: number): Promise<void>;
  /** What the store takes for the present, epoch milliseconds. */
  now(): number;
  dispose(): Promise<void>;
}

const RUN = hashId('test', 'output') as RunId;
const OTHER = hashId('test', 'another output') as RunId;
const HOUR = 3_600_000;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

export function describeOutputStore(name: string, open: () => Promise<OutputStoreBed>): void {
  describe(`${name} as a store of output`, () => {
    let bed: OutputStoreBed;
    beforeEach(async () => {
      bed = await open();
    });
    afterEach(() => bed.dispose());

    const read: Read = async (offset, limit, runId = RUN) => {
      const chunk = await bed.store.read(runId, offset, limit);
      return chunk && { ...chunk, data: new TextDecoder().decode(chunk.data) };
    };
    describeReading(() => bed, read);
    describeStreams(() => bed, read);
    describeCopies(() => bed, read);
    describePruning(() => bed, read);
  });
}

type Read = (
  offset: number,
  limit: number,
  runId?: RunId,
) => Promise<
  { data: string; offset: number; size: number; complete: boolean; errors?: readonly OutputSpan[] } | undefined
>;

function describeReading(bed: () => OutputStoreBed, read: Read): void {
  it('knows nothing of a run that it does not hold', async () => {
    expect(await read(0, 100)).toBeUndefined();
  });

  it('pages through the output of its own run, and says when it is complete', async () => {
    await bed().own(RUN, 'abcdefgh', false);
    expect(await read(0, 3)).toEqual({ data: 'abc', offset: 0, size: 8, complete: false });
    expect(await read(6, 3)).toEqual({ data: 'gh', offset: 6, size: 8, complete: false });
    expect(await read(8, 3)).toEqual({ data: '', offset: 8, size: 8, complete: false });
    expect(await read(100, 3)).toEqual({ data: '', offset: 100, size: 8, complete: false });
    await bed().own(RUN, 'abcdefghi', true);
    expect(await read(8, 3)).toEqual({ data: 'i', offset: 8, size: 9, complete: true });
  });

  it('holds a run that wrote nothing', async () => {
    await bed().own(RUN, '', true);
    expect(await read(0, 100)).toEqual({ data: '', offset: 0, size: 0, complete: true });
  });

  it('gives no more at once than a message may hold', async () => {
    await bed().own(RUN, 'x'.repeat(LIMITS.outputChunkBytes + 10), true);
    expect((await read(0, 10 * LIMITS.outputChunkBytes))?.data).toHaveLength(LIMITS.outputChunkBytes);
    expect((await read(LIMITS.outputChunkBytes, 10 * LIMITS.outputChunkBytes))?.data).toHaveLength(10);
  });

  it('refuses an id that would lead elsewhere', async () => {
    await expect(bed().store.read('../../../../etc/hosts' as RunId, 0, 10)).rejects.toThrow('a run id');
    await expect(bed().store.append('../x' as RunId, 0, bytes('x'), true)).rejects.toThrow('a run id');
  });
}

function describeStreams(bed: () => OutputStoreBed, read: Read): void {
  it('tells what was written to standard error, in each piece for itself', async () => {
    await bed().own(RUN, 'outERRoutER', true, [
      [3, 6],
      [9, 11],
    ]);
    const errors: readonly OutputSpan[] = [
      [3, 6],
      [9, 11],
    ];
    expect(await read(0, 100)).toMatchObject({ data: 'outERRoutER', errors });
    expect(await read(4, 3)).toMatchObject({ data: 'RRo', errors: [[0, 2]] });
    expect(await read(6, 3)).toEqual({ data: 'out', offset: 6, size: 11, complete: true });
    expect(await read(10, 9)).toMatchObject({ data: 'R', errors: [[0, 1]] });
  });

  it('ends a piece early rather than tell less of it', async () => {
    const pairs = OUTPUT.spansPerChunk + 2;
    const errors = Array.from({ length: pairs }, (_, index): OutputSpan => [2 * index + 1, 2 * index + 2]);
    await bed().own(RUN, 'oE'.repeat(pairs), true, errors);
    const first = await read(0, LIMITS.outputChunkBytes);
    expect([first?.data.length, first?.errors?.length]).toEqual([2 * OUTPUT.spansPerChunk, OUTPUT.spansPerChunk]);
    expect(await read(2 * OUTPUT.spansPerChunk, 100)).toMatchObject({
      data: 'oEoE',
      errors: [
        [1, 2],
        [3, 4],
      ],
    });
  });

  it('keeps of a copy which stream each part was written to', async () => {
    const { store } = bed();
    await store.append(RUN, 0, bytes('outERR'), false, [[3, 6]]);
    await store.append(RUN, 6, bytes('ERRout'), false, [[0, 3]]);
    await store.append(RUN, 12, bytes('ER'), false, [[0, 2]]);
    // An answer that comes twice, and one that is not next, change nothing.
    await store.append(RUN, 12, bytes('XXXX'), false, [[0, 1]]);
    await store.append(RUN, 14, bytes('out'), true);
    expect(await read(0, 100)).toEqual({
      data: 'outERRERRoutERout',
      offset: 0,
      size: 17,
      complete: true,
      errors: [
        [3, 9],
        [12, 14],
      ],
    });
  });
}

function describeCopies(bed: () => OutputStoreBed, read: Read): void {
  it('lets a copy grow by what follows it, and by nothing else', async () => {
    const { store } = bed();
    await store.append(RUN, 0, bytes('abc'), false);
    await store.append(RUN, 2, bytes('X'), false);
    await store.append(RUN, 4, bytes('X'), false);
    expect(await read(0, 10)).toEqual({ data: 'abc', offset: 0, size: 3, complete: false });
    await store.append(RUN, 3, bytes('def'), true);
    await store.append(RUN, 6, bytes('X'), false);
    expect(await read(1, 10)).toEqual({ data: 'bcdef', offset: 1, size: 6, complete: true });
  });

  it('begins no copy in the middle', async () => {
    await bed().store.append(RUN, 5, bytes('abc'), true);
    expect(await read(0, 10)).toBeUndefined();
  });

  it('keeps what it was given, whatever becomes of the bytes afterwards', async () => {
    const given = bytes('abc');
    const appended = bed().store.append(RUN, 0, given, false);
    await appended;
    given.fill(0);
    const first = await bed().store.read(RUN, 0, 10);
    first?.data.fill(0);
    expect(await read(0, 10)).toMatchObject({ data: 'abc' });
  });

  it('lets appends that are made at once take their turn', async () => {
    const { store } = bed();
    await Promise.all(Array.from({ length: 20 }, () => store.append(RUN, 0, bytes('one'), false)));
    expect(await read(0, 100)).toMatchObject({ data: 'one', size: 3 });
    await Promise.all(Array.from({ length: 20 }, (_, index) => store.append(RUN, 3 + index, bytes('x'), index === 19)));
    expect(await read(0, 100)).toMatchObject({ data: `one${'x'.repeat(20)}`, complete: true });
  });

  it('makes no copy of a run that it holds as its own', async () => {
    await bed().own(RUN, 'own', true);
    await bed().store.append(RUN, 0, bytes('other'), true);
    await bed().store.append(RUN, 3, bytes('other'), true);
    expect(await read(0, 100)).toMatchObject({ data: 'own', size: 3 });
  });

  it('keeps the copies of runs apart', async () => {
    await bed().store.append(RUN, 0, bytes('one'), true);
    await bed().store.append(OTHER, 0, bytes('two'), false);
    expect([await read(0, 9), await read(0, 9, OTHER)]).toMatchObject([
      { data: 'one', complete: true },
      { data: 'two', complete: false },
    ]);
  });
}

function describePruning(bed: () => OutputStoreBed, read: Read): void {
  it('forgets ended runs and copies that are older, and those alone', async () => {
    const { store } = bed();
    await bed().own(RUN, 'own', true);
    await store.append(OTHER, 0, bytes('copy'), true);
    await bed().age(RUN, 2 * HOUR);
    await bed().age(OTHER, 4 * HOUR);
    await store.prune(bed().now() - 5 * HOUR);
    expect([await read(0, 9), await read(0, 9, OTHER)]).toMatchObject([{ data: 'own' }, { data: 'copy' }]);
    await store.prune(bed().now() - 3 * HOUR);
    expect([await read(0, 9), await read(0, 9, OTHER)]).toMatchObject([{ data: 'own' }, undefined]);
    await store.prune(bed().now() - HOUR);
    expect([await read(0, 9), await read(0, 9, OTHER)]).toEqual([undefined, undefined]);
  });

  it('forgets no run that may still write', async () => {
    await bed().own(RUN, 'still', false);
    await bed().age(RUN, 2 * HOUR);
    await bed().store.prune(bed().now() - HOUR);
    expect(await read(0, 9)).toMatchObject({ data: 'still', complete: false });
  });

  it('begins a copy anew that it has forgotten', async () => {
    await bed().store.append(RUN, 0, bytes('first'), true);
    await bed().age(RUN, 2 * HOUR);
    await bed().store.prune(bed().now() - HOUR);
    await bed().store.append(RUN, 0, bytes('second'), true);
    expect(await read(0, 9)).toMatchObject({ data: 'second', complete: true });
  });

  it('has nothing to forget where nothing is', async () => {
    await expect(bed().store.prune(bed().now())).resolves.toBeUndefined();
  });
}
