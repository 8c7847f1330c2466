import { expect, test } from 'vitest'
import { isHostAllowed, namesThisMachine } from '../../src/http/hosts.ts'

const none = new Set<string>()

test.for([
  '127.0.0.1:8080',
  '127.0.0.1',
  '[::1]:80',
  'localhost:3000',
  'LOCALHOST',
  'search.localhost:3000',
  'oauth2.googleapis.com',
  'www.googleapis.com:443',
  'accounts.google.com',
  'metadata.google.internal',
  'metadata.google.internal.',
  'METADATA.google.internal.:80',
  'metadata',
  'metadata.',
  'metadata.goog',
  '[fd20:ce::254]',
  '[FD20:CE::254]:80',
  'oauth2.googleapis.com.',
  '169.254.169.254',
])('%s is answered', (host) => {
  expect(isHostAllowed(host, none)).toBe(true)
})

test.for([
  undefined,
  '',
  'evil.example',
  'evil.example:8080',
  '127.0.0.1.evil.example',
  'localhost.evil.example',
  'localhost.',
  'evil-googleapis.com',
  'metadata.evil.example',
  'metadata..',
  'fd20:ce::254.evil.example',
  '[fd20:ce::255]',
  'evil.metadata',
  'googleapis.com.evil.example',
  '127.0.0.1@evil.example',
  'notlocalhost',
  '10.0.0.1',
])('%s is refused', (host) => {
  expect(isHostAllowed(host, none)).toBe(false)
})

test('more names can be allowed', () => {
  expect(isHostAllowed('emulator:8080', new Set(['emulator']))).toBe(true)
})

test('Google’s names are not this machine', () => {
  expect(namesThisMachine('127.0.0.1:1')).toBe(true)
  expect(namesThisMachine('accounts.google.com')).toBe(false)
})
