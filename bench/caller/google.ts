import { lineTo } from '../processes/line.ts'

/** Where the processes listen. */
export interface GooglePorts {
  metadata: number
  service: number
}

/** A metadata server and a service that wants its tokens. */
export interface Google {
  /** The service's URL, which is the audience too. */
  service: string
  /** The environment in which clients find the metadata server, and nothing else. */
  env: Readonly<Record<string, string>>
  /** How many ID tokens were handed out so far. */
  tokens(): Promise<number>
  stop(): void
}

/** Starts both, in a process of their own. */
export async function startGoogle(): Promise<Google> {
  const line = lineTo(new URL('./google-process.ts', import.meta.url))
  const { metadata, service } = await line.answer<GooglePorts>()
  const host = `127.0.0.1:${metadata}`
  return {
    service: `http://127.0.0.1:${service}`,
    env: {
      GCE_METADATA_HOST: host,
      GCE_METADATA_IP: host,
      METADATA_SERVER_DETECTION: 'assume-present',
      GOOGLE_CLOUD_PROJECT: 'acme',
      GOOGLE_APPLICATION_CREDENTIALS: '',
      CLOUDSDK_CONFIG: '/nonexistent',
    },
    tokens: async () => (await line.ask<{ tokens: number }>('tokens')).tokens,
    stop: line.end,
  }
}
