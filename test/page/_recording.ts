import type { Emulator } from '@countersign/emulator'

/**
 * A recording of what an emulator has seen so far.
 *
 * @param emulator the emulator
 * @param state what it is made of
 */
export function recordingOf(emulator: Emulator, state: object): string {
  const header = { countersign: 'recording', version: 1, state }
  return [header, ...emulator.events.kept].map((line) => `${JSON.stringify(line)}\n`).join('')
}
