import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Adapter, DenialHandler } from '../adapter.ts'
import { headersOf, options, stranger } from './_world.ts'

/** Answers of the app's own. */
export function onDeniedContract(adapter: Adapter): void {
  describe(`verifyCaller in ${adapter.name}`, () => {
    afterEach(() => {
      vi.useRealTimers()
      vi.unstubAllGlobals()
    })

    const refused = async (onDenied: DenialHandler) => {
      const app = await adapter.whole(options({ onDenied }))
      const answer = await fetch(app.url, { headers: await headersOf(stranger) })
      expect(answer.status).toBe(403)
      expect(answer.headers.get('countersign-code')).toBe('caller_not_allowed')
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer realm="countersign"/)
      expect(app.handled()).toBe(0)
      return answer
    }

    test.each(['answers', 'answers-later', 'renders', 'sends-file'] as const)(
      'onDenied that %s replaces the body, with status and headers set',
      async (onDenied) => {
        expect(await (await refused(onDenied)).text()).toBe('sorry: caller_not_allowed')
      },
    )

    test.each(['silent', 'answers-nothing'] as const)(
      'onDenied that is %s leaves it to the default',
      async (onDenied) => {
        expect(await (await refused(onDenied)).json()).toMatchObject({ code: 'caller_not_allowed' })
      },
    )

    test.each<[string, () => void]>([
      [
        'timers that a test replaced',
        () => vi.useFakeTimers({ toFake: ['setTimeout', 'setImmediate'] }),
      ],
      ['no setImmediate, as in jsdom', () => vi.stubGlobal('setImmediate', undefined)],
    ])('onDenied is waited for with %s', async (_title, prepare) => {
      const silent = await refused('silent').then((answer) => answer.json())
      prepare()
      expect(await (await refused('silent')).json()).toEqual(silent)
      expect(await (await refused('renders')).text()).toBe('sorry: caller_not_allowed')
    })

    test('onDenied that throws lets nobody through, and keeps status and headers', async () => {
      expect(await (await refused('throws')).text()).not.toContain('a handler that throws')
    })
  })
}
