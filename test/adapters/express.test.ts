import express5 from 'express'
import express4 from 'express4'
import { contract } from './contract.ts'
import { expressAdapter } from './express-adapter.ts'

contract(expressAdapter('Express 5', express5))
contract(expressAdapter('Express 4', express4))
