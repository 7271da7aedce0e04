// State of features in the one store: each slice has a part of its own, changed by live frames and by its own commands.
import type { LiveFrame } from "~/api/types.ts";
import type { State } from "./model.ts";

type Data<Type> = Extract<LiveFrame, { type: Type }> extends { data: infer Body } ? Body : never;

export type FrameReducers<Part> = { readonly [Type in LiveFrame["type"]]?: (part: Part, data: Data<Type>) => Part };

export interface SliceState<Part> {
  readonly name: string;
  readonly initial: Part;
  readonly frames: FrameReducers<Part>;
  // Reads the slice from the node: at log-in, and whenever frames may have been missed.
  load?(): Promise<(part: Part) => Part>;
}

type Change = (slice: SliceState<unknown>, fn: (part: unknown) => unknown) => void;

const all: SliceState<unknown>[] = [];
let change: Change | undefined; // since parts were read for the first time

// sliceState declares the state of a feature, when its module is loaded. One that is loaded after the others were read is read
// at once.
export function sliceState<Part>(slice: SliceState<Part>): SliceState<Part> {
  const one = slice as unknown as SliceState<unknown>;
  all.push(one);
  if (change) void load(one, change);
  return slice;
}

export function partOf<Part>(state: Pick<State, "slices">, slice: SliceState<Part>): Part {
  const part = state.slices[slice.name];
  return part === undefined ? slice.initial : (part as Part);
}

export function withPart<Part>(state: State, slice: SliceState<Part>, part: Part): State {
  return Object.is(part, partOf(state, slice)) ? state : { ...state, slices: { ...state.slices, [slice.name]: part } };
}

// reduceParts hands a frame to every slice that knows its type, and tells whether one did.
export function reduceParts(state: State, type: string, data: unknown): { state: State; known: boolean } {
  let known = false;
  for (const slice of all) {
    const fn = slice.frames[type as LiveFrame["type"]] as ((part: unknown, data: unknown) => unknown) | undefined;
    if (!fn) continue;
    known = true;
    state = withPart(state, slice, fn(partOf(state, slice), data));
  }
  return { state, known };
}

// loadParts reads all slices that can be read; what fails stays as it is.
export async function loadParts(by: Change): Promise<void> {
  change = by;
  await Promise.all(all.map((slice) => load(slice, by)));
}

async function load(slice: SliceState<unknown>, by: Change): Promise<void> {
  const fn = await slice.load?.().catch(() => undefined);
  if (fn) by(slice, fn);
}
