import axios from 'axios'
import { serviceFetch, userProfiles } from './service-fetch.ts'

export const profiles = axios.create({ baseURL: userProfiles, redact: ['authorization'] })

profiles.interceptors.request.use(async (config) => {
  const { method = 'get' } = config
  const headers = await serviceFetch.headers(profiles.getUri(config), { method })
  for (const [name, value] of headers) config.headers.set(name, value)
  return { ...config, maxRedirects: 0 } // axios would carry the headers along
})

/** Out of sight of loggers: they hold the token. */
profiles.interceptors.response.use(undefined, (error) => {
  const hidden = { enumerable: false }
  Object.defineProperties(error, { config: hidden, request: hidden, response: hidden })
  throw error
})
