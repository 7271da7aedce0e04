// Rules of writing a message, apart from the screen.

// The node takes this many bytes of UTF-8.
export const LONGEST_TEXT = 60_000;

const encoder = new TextEncoder();

export function byteLength(text: string): number {
  return encoder.encode(text).length;
}

// sendsOn tells the Enter that sends from the one that ends a word being
// composed: some browsers report that one after the composition.
export function sendsOn(
  event: Pick<KeyboardEvent, "key" | "shiftKey" | "altKey" | "isComposing" | "keyCode">,
  composing: boolean,
): boolean {
  const whole = !composing && !event.isComposing && event.keyCode !== 229;
  return event.key === "Enter" && !event.shiftKey && !event.altKey && whole;
}
