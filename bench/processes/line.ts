import { fork } from 'node:child_process'
import { once } from 'node:events'

/** A process that answers one question at a time. */
export interface Line {
  answer<T>(): Promise<T>
  ask<T>(message: object | string): Promise<T>
  end(): void
}

/** Starts a process of the bench, which sends and gets messages. */
export function lineTo(file: URL, args: readonly string[] = []): Line {
  // Denials are logged on stdout; there must be none, and they are not this table's.
  const stdio: ('ignore' | 'inherit' | 'ipc')[] = ['ignore', 'ignore', 'inherit', 'ipc']
  const child = fork(file, args, { stdio })
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`a process of the bench ended with ${code}`)
  })
  ended.catch(() => {})

  async function answer<T>(): Promise<T> {
    const [message] = await Promise.race([once(child, 'message'), ended])
    return message as T
  }

  return {
    answer,
    ask(message) {
      const answered = answer<never>()
      child.send(message)
      return answered
    },
    end: () => child.disconnect(),
  }
}
