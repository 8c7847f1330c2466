/** Browsers call this one, so it has no verifyCaller. It calls user-profiles as login-run@…. */
import { signCalls } from '@countersign/express'
import { loadPolicy } from '@countersign/policy'
import express from 'express'
import { placed } from './targets.ts'

const policy = await loadPolicy(new URL('../countersign.jsonc', import.meta.url))

const app = express()
app.use(signCalls(placed(policy.caller('login'))))

app.get('/ready', (_req, res) => {
  res.send('ready')
})

app.get('/welcome/:user', async (req, res) => {
  const answer = await req.serviceFetch.to('user-profiles')(`/profiles/${req.params.user}`)
  if (answer.ok) res.json({ welcome: await answer.json() })
  else res.status(502).json({ service: 'user-profiles', status: answer.status })
})

app.listen(Number(process.env.PORT ?? 8080))
