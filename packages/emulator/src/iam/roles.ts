const permissions = [
  'run.routes.invoke',
  'run.services.get',
  'run.services.list',
  'run.services.update',
  'run.services.getIamPolicy',
  'run.services.setIamPolicy',
  'resourcemanager.projects.get',
  'resourcemanager.projects.getIamPolicy',
  'resourcemanager.projects.setIamPolicy',
  'resourcemanager.folders.getIamPolicy',
  'resourcemanager.folders.setIamPolicy',
  'resourcemanager.organizations.getIamPolicy',
  'resourcemanager.organizations.setIamPolicy',
] as const

/** A permission that the emulator checks. */
export type Permission = (typeof permissions)[number]

/** Whether a text is one of them. */
export function isPermission(text: string): text is Permission {
  return permissions.some((one) => one === text)
}

/** What a role holds: `unknown` for a custom role, which the emulator doesn't have. */
export type Holding = 'yes' | 'no' | 'unknown'

/**
 * Whether a role holds a permission.
 *
 * Cloud Run names the Invoker, Admin, Owner and Editor roles as those that can call a service, and
 * has a role of its own for services alone. The other predefined roles don't hold what the emulator
 * checks, except those in the table below.
 *
 * @see https://cloud.google.com/run/docs/authenticating/overview
 */
export function holds(role: string, permission: Permission): Holding {
  const held = predefined.get(role)
  if (held) return held.some((one) => one === permission) ? 'yes' : 'no'
  return isCustom(role) ? 'unknown' : 'no'
}

/** Whether a service's allow policy can have this role. */
export function isKnownRole(role: string): boolean {
  return isCustom(role) || predefined.has(role) || /^roles\/(?!run\.)[\w.]+$/.test(role)
}

/** Whether somebody with this role, or with one that the emulator doesn't know, can call. */
export function canInvoke(role: string): boolean {
  return holds(role, 'run.routes.invoke') !== 'no'
}

function isCustom(role: string): boolean {
  return /^(?:projects|organizations)\/[^/]+\/roles\/[\w.]+$/.test(role)
}

const serviceReads = ['run.services.get', 'run.services.list'] as const
const serviceWork = [...serviceReads, 'run.services.update'] as const
const servicePolicies = ['run.services.getIamPolicy', 'run.services.setIamPolicy'] as const
const policyReads = [
  'run.services.getIamPolicy',
  'resourcemanager.projects.getIamPolicy',
  'resourcemanager.folders.getIamPolicy',
  'resourcemanager.organizations.getIamPolicy',
] as const
const policyWrites = [
  'run.services.setIamPolicy',
  'resourcemanager.projects.setIamPolicy',
  'resourcemanager.folders.setIamPolicy',
  'resourcemanager.organizations.setIamPolicy',
] as const
const projectReads = [
  'resourcemanager.projects.get',
  'resourcemanager.projects.getIamPolicy',
] as const

const predefined: ReadonlyMap<string, readonly Permission[]> = new Map<
  string,
  readonly Permission[]
>([
  ['roles/run.invoker', ['run.routes.invoke']],
  ['roles/run.servicesInvoker', ['run.routes.invoke']],
  ['roles/run.jobsExecutor', []],
  ['roles/run.jobsExecutorWithOverrides', []],
  ['roles/run.admin', ['run.routes.invoke', ...serviceWork, ...servicePolicies]],
  ['roles/run.developer', [...serviceWork, 'run.services.getIamPolicy']],
  ['roles/run.sourceDeveloper', [...serviceWork, 'run.services.getIamPolicy']],
  ['roles/run.sourceViewer', serviceReads],
  ['roles/run.builder', []],
  ['roles/run.viewer', [...serviceReads, 'run.services.getIamPolicy']],
  [
    'roles/owner',
    [
      'run.routes.invoke',
      ...serviceWork,
      ...servicePolicies,
      ...projectReads,
      'resourcemanager.projects.setIamPolicy',
    ],
  ],
  [
    'roles/editor',
    ['run.routes.invoke', ...serviceWork, 'run.services.getIamPolicy', ...projectReads],
  ],
  ['roles/viewer', [...serviceReads, 'run.services.getIamPolicy', ...projectReads]],
  ['roles/browser', projectReads],
  ['roles/iam.securityAdmin', [...policyReads, ...policyWrites]],
  ['roles/iam.securityReviewer', policyReads],
  [
    'roles/resourcemanager.projectIamAdmin',
    [...projectReads, 'resourcemanager.projects.setIamPolicy'],
  ],
  [
    'roles/resourcemanager.folderAdmin',
    [
      'resourcemanager.projects.get',
      'resourcemanager.projects.getIamPolicy',
      'resourcemanager.projects.setIamPolicy',
      'resourcemanager.folders.getIamPolicy',
      'resourcemanager.folders.setIamPolicy',
    ],
  ],
  [
    'roles/resourcemanager.organizationAdmin',
    [
      'resourcemanager.projects.get',
      'resourcemanager.projects.getIamPolicy',
      'resourcemanager.projects.setIamPolicy',
      'resourcemanager.folders.getIamPolicy',
      'resourcemanager.folders.setIamPolicy',
      'resourcemanager.organizations.getIamPolicy',
      'resourcemanager.organizations.setIamPolicy',
    ],
  ],
])
