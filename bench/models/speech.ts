/** Sound as models of speech hear it, and what they hear in it. */
import { floats, type Value } from './values.ts';

/** Uniform from -1 to 1. */
export function noise(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 31;
  };
}

/**
 * A voice saying vowels, with pauses: pulses of the vocal cords through three resonances that change from syllable to
 * syllable, over a little noise. From -1 to 1.
 */
export function speech(samples: number, rate = 16000): Float32Array {
  const random = noise(1);
  const syllable = rate / 4;
  const vowels = [
    [730, 1090, 2440],
    [270, 2290, 3010],
    [570, 840, 2410],
    [300, 870, 2240],
  ];
  const state = [0, 0, 0].map(() => [0, 0]);
  const sound = new Float32Array(samples);
  let phase = 0;
  for (let i = 0; i < samples; i++) {
    const at = Math.floor(i / syllable);
    const inside = (i % syllable) / syllable;
    const loud = at % 5 === 4 ? 0 : Math.sin(Math.PI * inside) ** 2;
    phase += (110 + 40 * Math.sin(at) + 20 * inside) / rate;
    const pulse = phase >= 1 ? 1 : 0;
    phase %= 1;
    let sum = 0;
    for (const [k, frequency] of vowels[at % vowels.length].entries()) {
      const radius = Math.exp((-Math.PI * (60 + 40 * k)) / rate);
      const [last, older] = state[k];
      const next = pulse + 2 * radius * Math.cos((2 * Math.PI * frequency) / rate) * last - radius * radius * older;
      state[k] = [next, last];
      sum += next / (1 + k);
    }
    sound[i] = Math.max(-1, Math.min(1, 0.12 * loud * sum + 0.002 * random()));
  }
  return sound;
}

/** Frames of a mel spectrogram, scaled as wake word models want it: ridges of formants that wander. */
export function mel(frames: number, seed = 1): Value {
  const random = noise(seed);
  return floats([1, frames, 32, 1], (i) => {
    const [frame, band] = [Math.floor(i / 32), i % 32];
    const ridges = [6, 14, 22].map((at, k) => Math.exp(-((band - at - 3 * Math.sin(frame / 9 + k)) ** 2) / 6));
    return 0.8 + 2.4 * ridges[0] + 1.6 * ridges[1] + ridges[2] + 0.3 * random() - 0.02 * band;
  });
}

/** Successive embeddings of sound: each is near the one before. */
export function embeddings(windows: number, seed = 1): Value {
  const random = noise(seed);
  const now = Float32Array.from({ length: 96 }, () => 12 * random());
  return floats([1, windows, 96], (i) => {
    now[i % 96] = 0.8 * now[i % 96] + 6 * random();
    return now[i % 96];
  });
}
