/** login alone may call this one, by GET /profiles/:id. It calls search. */
import { callerOf, signCalls, verifyCaller } from '@countersign/express'
import { loadPolicy } from '@countersign/policy'
import express from 'express'
import { placed } from './targets.ts'

const policy = await loadPolicy(new URL('../countersign.jsonc', import.meta.url))

const app = express()
const guard = verifyCaller(policy.receiver('user-profiles'))
app.use(guard)
app.use(signCalls(placed(policy.caller('user-profiles'))))

// Cloud Run's start-up probe: no traffic before Google's keys are here.
app.get('/ready', async (_req, res) => {
  await guard.receiver.ready()
  res.send('ready')
})

app.get('/profiles/:id', async (req, res) => {
  const similar = await req.serviceFetch.to('search')(`/search?q=${req.params.id}`)
  const found = similar.ok ? await similar.json() : undefined
  res.json({ id: req.params.id, similar: found, asked: callerOf(req).email })
})

app.listen(Number(process.env.PORT ?? 8080))
