/** What protoc-gen-es makes of a .proto, with its descriptor written out instead of encoded. */
import { create, type Message, toBinary } from '@bufbuild/protobuf'
import {
  fileDesc,
  type GenMessage,
  type GenService,
  messageDesc,
  serviceDesc,
} from '@bufbuild/protobuf/codegenv2'
import {
  FileDescriptorProtoSchema,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
} from '@bufbuild/protobuf/wkt'

const names = { GetRequest: ['id'], Profile: ['id', 'asked', 'audience'] }

const file = fileDesc(
  Buffer.from(
    toBinary(
      FileDescriptorProtoSchema,
      create(FileDescriptorProtoSchema, {
        name: 'acme/profiles.proto',
        package: 'acme',
        syntax: 'proto3',
        messageType: Object.entries(names).map(([name, fields]) => ({
          name,
          field: fields.map((name, index) => ({
            name,
            number: index + 1,
            type: Type.STRING,
            label: Label.OPTIONAL,
          })),
        })),
        service: [
          {
            name: 'Profiles',
            method: [
              { name: 'Get', inputType: '.acme.GetRequest', outputType: '.acme.Profile' },
              {
                name: 'List',
                inputType: '.acme.GetRequest',
                outputType: '.acme.Profile',
                serverStreaming: true,
              },
            ],
          },
        ],
      }),
    ),
  ).toString('base64'),
)

export type GetRequest = Message<'acme.GetRequest'> & { id: string }
export const GetRequestSchema: GenMessage<GetRequest> = messageDesc(file, 0)

export type Profile = Message<'acme.Profile'> & { id: string; asked: string; audience: string }
export const ProfileSchema: GenMessage<Profile> = messageDesc(file, 1)

export const Profiles: GenService<{
  get: { methodKind: 'unary'; input: typeof GetRequestSchema; output: typeof ProfileSchema }
  list: {
    methodKind: 'server_streaming'
    input: typeof GetRequestSchema
    output: typeof ProfileSchema
  }
}> = serviceDesc(file, 0)
