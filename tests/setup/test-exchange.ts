export {
  type Behaviour,
  type CdrRow,
  type CustomerCall,
  TestExchange,
} from '../../scripts/stack/test-exchange.ts';
