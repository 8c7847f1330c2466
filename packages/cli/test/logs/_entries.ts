/** Entries in the shapes that Cloud Logging has them, as other projects' files show them. */

const start = Date.parse('2026-11-27T02:00:00Z')

/** The words of the platform for a call with no token, or with one that has no grant. */
export const notAuthenticated =
  'The request was not authenticated. Either allow unauthenticated invocations or set the proper Authorization header. Read more at https://cloud.google.com/run/docs/securing/authenticating'

function timestamp(second: number): string {
  return new Date(start + second * 1000).toISOString()
}

function traceOf(call: number): string {
  return `projects/acme/traces/${call.toString(16).padStart(32, '0')}`
}

function resource(service: string, revision: string): object {
  return {
    type: 'cloud_run_revision',
    labels: {
      project_id: 'acme',
      service_name: service,
      revision_name: revision,
      configuration_name: service,
      location: 'us-central1',
    },
  }
}

interface Line {
  /** Seconds after the start. */
  second: number
  service: string
  revision?: string
  /** The number of the call; left out for a line without a trace. */
  call?: number
}

function common({ second, service, revision = `${service}-00001-abc`, call }: Line): object {
  return {
    resource: resource(service, revision),
    timestamp: timestamp(second),
    ...(call !== undefined && { trace: traceOf(call) }),
  }
}

/** The platform's line of a call. */
export function request(line: Line, status: number, textPayload?: string): object {
  return {
    insertId: `${line.second}`,
    logName: 'projects/acme/logs/run.googleapis.com%2Frequests',
    severity: status < 400 ? 'INFO' : 'WARNING',
    ...(textPayload !== undefined && { textPayload }),
    httpRequest: {
      requestMethod: 'GET',
      requestUrl: `https://${line.service}-123.us-central1.run.app/profiles/${line.call}?q=secret`,
      requestSize: '738',
      status,
      latency: '0.004300310s',
      protocol: 'HTTP/1.1',
    },
    ...common(line),
  }
}

/** A line of one of our packages. */
export function own(line: Line, jsonPayload: object): object {
  return { logName: 'projects/acme/logs/run.googleapis.com%2Fstdout', jsonPayload, ...common(line) }
}

/** A change of a service's allow policy, from the audit log. */
export function setIamPolicy(line: Line, action: 'ADD' | 'REMOVE', member: string): object {
  return {
    logName: 'projects/acme/logs/cloudaudit.googleapis.com%2Factivity',
    protoPayload: {
      '@type': 'type.googleapis.com/google.cloud.audit.AuditLog',
      methodName: 'google.cloud.run.v1.Services.SetIamPolicy',
      resourceName: `projects/acme/locations/us-central1/services/${line.service}`,
      authenticationInfo: { principalEmail: 'tf-deployer@acme.iam.gserviceaccount.com' },
      serviceData: {
        '@type': 'type.googleapis.com/google.iam.v1.logging.AuditData',
        policyDelta: { bindingDeltas: [{ action, role: 'roles/run.invoker', member }] },
      },
    },
    ...common(line),
  }
}

/** A failed attempt of Cloud Scheduler. */
export function attempt(second: number, url: string, status: number, words: string): object {
  return {
    logName: 'projects/acme/logs/cloudscheduler.googleapis.com%2Fexecutions',
    resource: { type: 'cloud_scheduler_job', labels: { project_id: 'acme', job_id: 'nightly' } },
    timestamp: timestamp(second),
    jsonPayload: {
      '@type': 'type.googleapis.com/google.cloud.scheduler.logging.AttemptFinished',
      jobName: 'projects/acme/locations/us-central1/jobs/nightly',
      targetType: 'HTTP',
      url,
      status: words,
      debugInfo: `URL_ERROR-ERROR_OTHER. Original HTTP response code number = ${status}`,
    },
  }
}

/** A failed attempt of Cloud Tasks. */
export function taskAttempt(second: number, url: string, status: string): object {
  return {
    logName: 'projects/acme/logs/cloudtasks.googleapis.com%2Ftask_operations_log',
    resource: { type: 'cloud_tasks_queue', labels: { queue_id: 'mails' } },
    timestamp: timestamp(second),
    jsonPayload: {
      task: 'projects/acme/locations/us-central1/queues/mails/tasks/1',
      attemptResponseLog: { status, targetAddress: `POST ${url}`, targetType: 'HTTP' },
    },
  }
}
