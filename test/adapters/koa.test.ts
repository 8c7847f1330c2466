import koa3 from 'koa'
import koa2 from 'koa2'
import { contract } from './contract.ts'
import { koaAdapter } from './koa-adapter.ts'

contract(koaAdapter('Koa 3', koa3))
contract(koaAdapter('Koa 2', koa2))
