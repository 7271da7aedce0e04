// The sound of a new message: two short tones, made here.
const TONES = [
  { hertz: 660, at: 0 },
  { hertz: 880, at: 0.09 },
];
const LONG = 0.16; // seconds
const LOUD = 0.08;

let context: AudioContext | undefined;

// chime plays it, if the browser lets this page be heard.
export function chime(): void {
  try {
    context ??= new AudioContext();
    void context.resume().catch(() => undefined);
    for (const { hertz, at } of TONES) tone(context, hertz, context.currentTime + at);
  } catch {
    // A browser without sound stays silent.
  }
}

function tone(audio: AudioContext, hertz: number, at: number): void {
  const source = audio.createOscillator();
  const volume = audio.createGain();
  source.frequency.value = hertz;
  volume.gain.setValueAtTime(LOUD, at);
  volume.gain.exponentialRampToValueAtTime(0.001, at + LONG);
  source.connect(volume).connect(audio.destination);
  source.start(at);
  source.stop(at + LONG);
}
