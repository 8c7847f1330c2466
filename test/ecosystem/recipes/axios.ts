import axios from 'axios'
import { serviceFetch, userProfiles } from './service-fetch.ts'

export const profiles = axios.create({
  baseURL: userProfiles,
  adapter: 'fetch',
  env: { fetch: serviceFetch },
})
