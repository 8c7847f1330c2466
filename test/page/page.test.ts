/**
 * Tests the emulator's page in a real Chromium, served by a real emulator. One file, so that all
 * tests share one browser.
 */
import { describe } from 'vitest'
import { useBrowser } from './_browser.ts'
import { chromiumPath } from './_chromium.ts'
import { accessibilityTests } from './accessibility.ts'
import { busyTests } from './busy.ts'
import { callPanelTests } from './call-panel.ts'
import { callTests } from './calls.ts'
import { claimedTests } from './claimed.ts'
import { commandTests } from './command.ts'
import { drillTests } from './drills.ts'
import { grantTests } from './grants.ts'
import { graphTests } from './graph.ts'
import { hostileTextTests } from './hostile-text.ts'
import { inspectorTests } from './inspector.ts'
import { keyboardTests } from './keyboard.ts'
import { outageTests } from './outages.ts'
import { pushTests } from './pushes.ts'
import { recordingTests } from './recording.ts'
import { refusalTests } from './refusals.ts'
import { retryTests } from './retries.ts'
import { widthTests } from './widths.ts'

describe.skipIf(!chromiumPath)('the page', () => {
  useBrowser()
  describe('calls', callTests)
  describe('call panel', callPanelTests)
  describe('refusals', refusalTests)
  describe('retries', retryTests)
  describe('command', commandTests)
  describe('claimed', claimedTests)
  describe('hostile text', hostileTextTests)
  describe('grants', grantTests)
  describe('graph', graphTests)
  describe('pushes', pushTests)
  describe('drills', drillTests)
  describe('inspector', inspectorTests)
  describe('recording', recordingTests)
  describe('keyboard', keyboardTests)
  describe('accessibility', accessibilityTests)
  describe('outages', outageTests)
  describe('widths', widthTests)
  describe('busy', busyTests)
})
