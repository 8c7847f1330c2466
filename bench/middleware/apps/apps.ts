import type { RequestListener } from 'node:http'
import express from 'express'
import Koa from 'koa'
import type { Setting } from '../setting.ts'
import { expressGuards } from './express-guards.ts'
import { koaGuards } from './koa-guards.ts'

/** The app of a server process: one route that answers a few bytes, behind the guard. */
export function appOf(setting: Setting): RequestListener {
  return setting.framework === 'express' ? expressApp(setting) : koaApp(setting)
}

function expressApp(setting: Setting): RequestListener {
  const app = express()
  app.use(known(expressGuards, setting)(setting))
  app.get('/profiles/:id', (req, res) => {
    res.json({ id: req.params.id })
  })
  return app
}

function koaApp(setting: Setting): RequestListener {
  const app = new Koa()
  app.use(known(koaGuards, setting)(setting))
  app.use((ctx) => {
    ctx.body = { id: ctx.path.slice('/profiles/'.length) }
  })
  return app.callback()
}

function known<T>(guards: Readonly<Record<string, T>>, { guard }: Setting): T {
  const make = guards[guard]
  if (make === undefined) throw new Error(`no guard is named ${guard}`)
  return make
}
