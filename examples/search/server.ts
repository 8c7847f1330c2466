import { callerOf, verifyCaller } from '@countersign/koa'
import { loadPolicy } from '@countersign/policy'
import Koa from 'koa'

const policyFile = process.env.POLICY_FILE ?? new URL('../countersign.jsonc', import.meta.url)
const policy = await loadPolicy(policyFile)

const app = new Koa()
app.use(verifyCaller(policy.receiver('search')))

app.use((ctx) => {
  if (ctx.path === '/ready') ctx.body = 'ready'
  if (ctx.path === '/search') ctx.body = { found: [ctx.query.q], asked: callerOf(ctx).email }
})

app.listen(Number(process.env.PORT ?? 8080))
