/** user-profiles may call this one by GET /search, and Pub/Sub by POST /push/profiles-changed. */
import { verifyCaller } from '@countersign/koa'
import { loadPolicy } from '@countersign/policy'
import Koa from 'koa'

const policy = await loadPolicy(new URL('../countersign.jsonc', import.meta.url))

const app = new Koa()
const guard = verifyCaller(policy.receiver('search'))
app.use(guard)

app.use(async (ctx) => {
  if (ctx.path === '/ready') {
    await guard.receiver.ready()
    ctx.body = 'ready'
  }
  if (ctx.path === '/search') ctx.body = [ctx.query.q]
  if (ctx.path === '/push/profiles-changed') ctx.status = 204
})

app.listen(Number(process.env.PORT ?? 8080))
