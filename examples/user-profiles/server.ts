import { callerOf, verifyCaller } from '@countersign/express'
import { loadPolicy } from '@countersign/policy'
import express from 'express'

const policyFile = process.env.POLICY_FILE ?? new URL('../countersign.jsonc', import.meta.url)
const policy = await loadPolicy(policyFile)

const app = express()
app.use(verifyCaller(policy.receiver('user-profiles')))

app.get('/ready', (_req, res) => {
  res.send('ready')
})

app.get('/profiles/:id', (req, res) => {
  res.json({ id: req.params.id, name: `User ${req.params.id}`, asked: callerOf(req).email })
})

app.listen(Number(process.env.PORT ?? 8080))
