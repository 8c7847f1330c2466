import { dirname } from 'node:path'
import { callerOf, signCalls, type VerifyCallerOptions, verifyCaller } from '@countersign/express'
import cors from 'cors'
import type express from 'express'
import type { Express, RequestHandler } from 'express'
import {
  type Adapter,
  type DenialHandler,
  type RunningApp,
  sorry,
  sorryFile,
  type Verify,
} from './adapter.ts'
import { listen } from './listen.ts'

/** Drives one major version of Express through the contract. */
export function expressAdapter(name: string, framework: typeof express): Adapter {
  async function run(build: (app: Express, handler: RequestHandler) => void): Promise<RunningApp> {
    const app = framework()
    app.set('env', 'test') // Express prints errors elsewhere
    app.set('views', dirname(sorryFile))
    app.set('view engine', 'txt')
    app.engine('txt', (_file, { text }: object & { text?: string }, done) => done(null, text))
    let handled = 0
    build(app, (req, res) => {
      handled += 1
      const { caller } = req
      res.json({
        email: caller?.email ?? null,
        asserted: attempt(() => callerOf(req).email),
        push: caller?.push,
        body: req.body,
      })
    })
    return { url: await listen(app), handled: () => handled }
  }

  return {
    name,
    whole: (...options) =>
      run((app, handler) => {
        for (const one of options) app.use(verifyCaller(toOptions(one)))
        app.use(handler)
      }),
    mounted: (options) =>
      run((app, handler) => {
        const inner = framework()
        inner.use(verifyCaller(toOptions(options)), handler)
        app.use('/mounted', inner)
      }),
    onRouter: (options) =>
      run((app, handler) => {
        const router = framework.Router()
        router.use(verifyCaller(toOptions(options)))
        router.use(handler)
        app.use('/mounted', router)
      }),
    onRoute: (options) =>
      run((app, handler) => {
        app.get('/admin', verifyCaller(toOptions(options)), handler)
        app.get('/open', handler)
      }),
    nested: (options) =>
      run((app, handler) => {
        const [outer, inner] = [framework(), framework.Router()]
        inner.use(verifyCaller(toOptions(options)), handler)
        app.use('/outer', outer.use('/inner', inner))
      }),
    rewriting: (options, where, rewrite) =>
      run((app, handler) => {
        const rewriting: RequestHandler = (req, _res, next) => {
          rewrite(req)
          next()
        }
        const verify = verifyCaller(toOptions(options))
        const inner = where === 'top' ? app : framework()
        if (where === 'before-mounted') app.use(rewriting)
        else inner.use(rewriting)
        inner.use(verify, handler)
        if (inner !== app) app.use('/mounted', inner)
      }),
    deciding: (options, decide) =>
      run((app, handler) => {
        const verify = verifyCaller(toOptions(options))
        Object.assign(verify.receiver, { decide })
        app.use(verify, handler)
      }),
    among: (options, where) =>
      run((app, handler) => {
        const others = [cors({ origin: 'https://app.example' }), framework.json()]
        const verify = verifyCaller(toOptions(options))
        app.use(...(where === 'before' ? [...others, verify] : [verify, ...others]), handler)
      }),
    impatient: (options) =>
      run((app, handler) => {
        app.use(answerSoon, verifyCaller(toOptions(options)), handler)
      }),
    calling: (options, handler) =>
      run((app) => {
        app.use(signCalls(options), (request, response, next) => {
          const answer = handler({ serviceFetch: request.serviceFetch, request, response })
          answer.then((text) => response.send(text), next)
        })
      }),
  }
}

function toOptions(given: Verify): VerifyCallerOptions {
  if (given === undefined) return given
  const { onDenied, ...options } = given
  return onDenied === undefined ? options : { ...options, onDenied: denialHandlers[onDenied] }
}

const denialHandlers: Record<DenialHandler, NonNullable<VerifyCallerOptions['onDenied']>> = {
  answers: (denial, _req, res) => res.send(sorry(denial)),
  silent: () => {},
  'answers-nothing': () => null,
  renders: (denial, _req, res) => res.render('sorry', { text: sorry(denial) }),
  'sends-file': (_denial, _req, res) =>
    new Promise((resolve) => {
      res.sendFile(sorryFile, resolve)
    }),
  throws: () => {
    throw new Error('a handler that throws')
  },
  'answers-later': async (denial, _req, res) => {
    await new Promise((resolve) => setTimeout(resolve, 20))
    res.send(sorry(denial))
  },
}

const answerSoon: RequestHandler = (_req, res, next) => {
  setTimeout(() => res.send('too slow'), 20)
  next()
}

/** What a function returns, or the message of what it throws. */
export function attempt(run: () => string): string {
  try {
    return run()
  } catch (error) {
    return (error as Error).message
  }
}
