import got from 'got'
import { serviceFetch, userProfiles } from './service-fetch.ts'

export const profiles = got.extend({
  prefixUrl: userProfiles,
  hooks: {
    beforeRequest: [
      async (options) => {
        options.followRedirect = false // got would carry the token along
        const { url = '', method } = options
        const headers = await serviceFetch.headers(url, { method })
        for (const [name, value] of headers) options.headers[name] = value
      },
    ],
  },
})
