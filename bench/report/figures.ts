import { median } from './statistics.ts'

/** The figures of all contestants, a turn each in every round. */
export interface Figures<Contestant, Turn> {
  /** The median of a figure. */
  median(contestant: Contestant, figure: keyof Turn): number
  /** The median of one contestant's figure against another's of the same round. */
  ratio(contestant: Contestant, other: Contestant, figure: keyof Turn): number
}

/**
 * What turns come to.
 *
 * @param turns those of each contestant, in the order of the rounds
 */
export function figuresOf<Contestant, Turn extends Record<keyof Turn, number>>(
  turns: ReadonlyMap<Contestant, readonly Turn[]>,
): Figures<Contestant, Turn> {
  const figures = (contestant: Contestant, figure: keyof Turn): number[] =>
    (turns.get(contestant) ?? []).map((turn) => turn[figure])
  return {
    median: (contestant, figure) => median(figures(contestant, figure)),
    ratio(contestant, other, figure) {
      const others = figures(other, figure)
      return median(figures(contestant, figure).map((one, round) => one / (others[round] ?? 0)))
    },
  }
}
