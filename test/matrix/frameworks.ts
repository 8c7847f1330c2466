/** The rows of the matrix that are a whole application. */
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../free-port.ts'
import type { Kind } from './kinds.ts'
import { assertHeld, type Shell } from './shell.ts'

/** A route handler of Next.js that checks the packages, built by Turbopack, the default. */
export function next(service: string): Kind {
  return {
    name: 'Next.js',
    project: 'next',
    files: {
      'service.ts': service,
      'app/layout.tsx':
        'export default function Layout({ children }: { children: React.ReactNode }) {\n  return <html><body>{children}</body></html>\n}\n',
      'app/page.tsx': 'export default function Page() { return <p>shop</p> }\n',
      'app/check/route.ts': `import { checkPackages } from '../../service'
export const dynamic = 'force-dynamic'
export async function GET(): Promise<Response> {
  return checkPackages().then(
    (held) => new Response(held.join('\\n')),
    (error) => new Response(error.stack, { status: 500 }),
  )
}\n`,
    },
    async check(shell) {
      await shell.run('next', 'build')
      const port = String(await freePort())
      const server = shell.start('next', 'start', '--port', port, '--hostname', '127.0.0.1')
      const ended = once(server, 'exit')
      try {
        const text = await firstAnswer(`http://127.0.0.1:${port}/check`)
        assertHeld(text, 'a federation without google-auth-library says')
      } finally {
        server.kill()
        await ended
      }
    },
  }
}

/** What Nest's generator makes: ES modules with Vitest since version 12, CommonJS with Jest before. */
export function nest(type: 'esm' | 'cjs', service: string, test: string): Kind {
  const from = type === 'esm' ? '.js' : ''
  return {
    name: type === 'esm' ? 'Nest 12, ESM' : 'Nest 11, CommonJS',
    project: `nest-${type}`,
    files: {
      'src/service.ts': service,
      'src/service.spec.ts': test,
      'src/main.ts': `import { NestFactory } from '@nestjs/core'
import { verifyCaller } from '@countersign/express'
import { createTestIssuer } from '@countersign/testing'
import { AppModule } from './app.module${from}'
import { checkPackages } from './service${from}'

const email = 'login-run@acme.iam.gserviceaccount.com'
const audience = 'https://user-profiles-123.us-central1.run.app'

async function bootstrap() {
  const issuer = await createTestIssuer()
  const app = await NestFactory.create(AppModule, { logger: ['error'] })
  app.use(verifyCaller({ allow: [email], audience, keys: issuer.keys, log: false }))
  await app.listen(0, '127.0.0.1')
  const genuine = await fetch(await app.getUrl(), { headers: await issuer.headers({ email, audience }) })
  if ((await genuine.text()) !== 'Hello World!') throw new Error('a genuine call is refused')
  for (const { name, headers, expected } of await issuer.forgeries({ email, audience })) {
    const { status } = await fetch(await app.getUrl(), { headers })
    if (status !== expected.status) throw new Error(name + ' got ' + status)
  }
  await app.close()
  console.log((await checkPackages()).join('\\n'))
}
bootstrap()\n`,
    },
    async check(shell: Shell) {
      // Nest 12's own command needs Node 22.22; what it builds doesn't.
      await shell.runWithNewest('npm', 'run', 'build')
      await shell.run('npm', 'test')
      await shell.service('dist/main.js')
    },
  }
}

/** The first answer of a server that starts. */
async function firstAnswer(url: string): Promise<string> {
  for (const until = Date.now() + 60_000; Date.now() < until; await sleep(200)) {
    const answer = await fetch(url).catch(() => undefined)
    if (answer !== undefined) return answer.text()
  }
  throw new Error(`${url} gave no answer within a minute`)
}
