import http from 'node:http'
import https from 'node:https'
import got from 'got'
import { serviceFetch, userProfiles } from './service-fetch.ts'

export const profiles = got.extend({
  prefixUrl: userProfiles,
  followRedirect: false, // got would carry other headers along
  /** Signed last, not in a hook: what hooks set is in got's errors, and so in logs. */
  async request(url, options, callback) {
    const signed = await serviceFetch.headers(url, { method: options.method ?? 'GET' })
    const headers = { ...options.headers, ...Object.fromEntries(signed) }
    const { request } = url.protocol === 'https:' ? https : http
    return request(url, { ...options, headers }, callback)
  },
})
