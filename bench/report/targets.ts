import { printTable } from './table.ts'

/** A figure that is aimed at, and what was measured. */
export interface Target {
  what: string
  measured: number
  /** One of the two. */
  atMost?: number
  atLeast?: number
  unit: string
}

let missed = 0

/** Whether a figure is reached. */
function isMet({ measured, atMost = Infinity, atLeast = -Infinity }: Target): boolean {
  return measured <= atMost && measured >= atLeast
}

/** Prints what was to be reached beside what was, and keeps count for `--check`. */
export function printTargets(targets: readonly Target[]): void {
  missed += targets.filter((target) => !isMet(target)).length
  const rows = targets.map((target) => [
    target.what,
    `${figure(target.measured)} ${target.unit}`,
    target.atMost === undefined ? `>= ${target.atLeast}` : `<= ${target.atMost}`,
    isMet(target) ? 'met' : 'MISSED',
  ])
  printTable('Targets', ['what', 'measured', 'target', ''], rows)
}

/** How many targets were missed so far. */
export function missedTargets(): number {
  return missed
}

function figure(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(3)
}
