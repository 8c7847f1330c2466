import { join } from 'node:path'
import { loadPolicy } from '@countersign/policy'
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { example, read } from './_project.ts'

/** The manifests for GKE: what belongs together has the same name. */

interface Manifest {
  kind: string
  metadata: { name: string; namespace?: string; annotations?: Record<string, string> }
  spec: {
    selector: { matchLabels?: Record<string, string>; app?: string }
    template: { metadata: { labels: Record<string, string> }; spec: PodSpec }
  }
}

interface PodSpec {
  serviceAccountName: string
  securityContext: { runAsNonRoot: boolean; runAsUser: number }
  containers: { args: string[]; volumeMounts: { mountPath: string }[] }[]
}

const manifests = parseAllDocuments(await read('gke/services.yaml')).map(
  (document) => document.toJS() as Manifest,
)
const policy = await loadPolicy(join(example, 'gke/countersign.jsonc'), { environment: 'prod' })

function named(kind: string, name: string): Manifest {
  const found = manifests.find((one) => one.kind === kind && one.metadata.name === name)
  if (found) return found
  throw new Error(`no ${kind} ${name}`)
}

describe.each([...policy.services.values()])('$name', ({ name, serviceAccount }) => {
  const { spec } = named('Deployment', name)

  test('runs as the account that the policy gives it', () => {
    expect(spec.template.spec.serviceAccountName).toBe(name)
    const { annotations } = named('ServiceAccount', name).metadata
    const email = annotations?.['iam.gke.io/gcp-service-account']
    expect(email?.replace('PROJECT', 'acme')).toBe(serviceAccount)
  })

  test('is reached at its name', () => {
    expect(spec.template.metadata.labels).toEqual({ app: name })
    expect(spec.selector.matchLabels).toEqual({ app: name })
    expect(named('Service', name).spec.selector).toEqual({ app: name })
  })

  test('is the image’s, as its user, with the policy of the cluster', () => {
    const { containers, securityContext } = spec.template.spec
    expect(securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1000 })
    expect(containers.map(({ args }) => args)).toEqual([[`services/${name}.ts`]])
    expect(containers[0]?.volumeMounts[0]?.mountPath).toBe('/app/countersign.jsonc')
  })
})

test('there is nothing else', () => {
  expect(manifests).toHaveLength(10)
  expect(new Set(manifests.map(({ metadata }) => metadata.namespace ?? metadata.name))).toEqual(
    new Set(['acme']),
  )
})

describe('a call in the cluster', () => {
  let placed: (options: ReturnType<typeof policy.caller>) => ReturnType<typeof policy.caller>
  beforeAll(async () => {
    placed = (await import(join(example, 'services/targets.ts'))).placed
  })
  afterEach(() => void vi.unstubAllEnvs())

  test('goes to the service by HTTP, with the audience of the policy', () => {
    vi.stubEnv('KUBERNETES_SERVICE_HOST', '10.0.0.1')
    expect(placed(policy.caller('login')).targets).toEqual([
      {
        name: 'user-profiles',
        url: 'http://user-profiles',
        audience: 'https://user-profiles.acme.example',
        allowInsecureHttp: true,
        methods: ['GET'],
        paths: ['/profiles/:id'],
      },
    ])
  })

  test('stays as it is anywhere else', () => {
    expect(placed(policy.caller('login'))).toEqual(policy.caller('login'))
  })
})
