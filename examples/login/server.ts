import { isTargetNotAllowedError } from '@countersign/caller'
import { signCalls, verifyCaller } from '@countersign/express'
import { loadPolicy } from '@countersign/policy'
import express, { type ErrorRequestHandler } from 'express'

const policyFile = process.env.POLICY_FILE ?? new URL('../countersign.jsonc', import.meta.url)
const policy = await loadPolicy(policyFile)

const app = express()
app.use(verifyCaller(policy.receiver('login')))
app.use(signCalls(policy.caller('login')))

app.get('/ready', (_req, res) => {
  res.send('ready')
})

app.post('/login/:user', async (req, res) => {
  const answer = await req.serviceFetch.to('user-profiles')(`/profiles/${req.params.user}`)
  if (!answer.ok) return refusedBy('user-profiles', answer, res)
  res.json({ welcome: await answer.json() })
})

// A mistake in the code: the policy doesn't allow login to call search.
app.get('/login/:user/suggestions', async (req, res) => {
  const answer = await req.serviceFetch(`${policy.url('search')}/search?q=${req.params.user}`)
  if (!answer.ok) return refusedBy('search', answer, res)
  res.json({ suggestions: await answer.json() })
})

function refusedBy(service: string, answer: Response, res: express.Response): void {
  const code = answer.headers.get('countersign-code')
  res.status(502).json({ service, status: answer.status, code })
}

const answerRefusedCalls: ErrorRequestHandler = (error, _req, res, next) => {
  if (!isTargetNotAllowedError(error)) return next(error)
  res.status(502).json({ service: 'login', code: error.code, hint: error.hint })
}
app.use(answerRefusedCalls)

app.listen(Number(process.env.PORT ?? 8080))
