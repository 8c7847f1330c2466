import { render } from 'preact'
import { App } from './app.tsx'
import { follow } from './store/connect.ts'

const root = document.getElementById('page')
if (root) render(<App />, root)
follow()
