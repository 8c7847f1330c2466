import type { Product } from './product.ts'
import { pubsub, pubsubUserAgent, wrappedMessage } from './pubsub.ts'

const published = 'google.cloud.pubsub.topic.v1.messagePublished'

/**
 * An Eventarc trigger: CloudEvents in binary mode, delivered by Pub/Sub and retried by its rules.
 * Unless its attributes say another `type`, the event is a Pub/Sub message with the data.
 *
 * https://cloud.google.com/eventarc/docs/cloudevents
 */
export const eventarc: Product = {
  ...pubsub,
  request: (delivery) => {
    const { id, project, name, createdAt, attributes } = delivery
    const event: Record<string, string> = {
      id,
      source: `//pubsub.googleapis.com/projects/${project.id}/topics/${name}`,
      specversion: '1.0',
      type: published,
      time: new Date(createdAt).toISOString(),
      ...attributes,
    }
    const names = Object.entries(event).map(([key, value]) => [`ce-${key}`, value] as const)
    return {
      headers: {
        'content-type': event.datacontenttype ?? 'application/json',
        'user-agent': pubsubUserAgent,
        ...Object.fromEntries(names),
      },
      body:
        event.type === published ? wrappedMessage({ ...delivery, attributes: {} }) : delivery.data,
    }
  },
}
