import type { LegId } from '../../server/basics/ids.ts';
import { ExchangeTwin } from '../twins/exchange.ts';
import { exchangeContract } from './exchange.suite.ts';

exchangeContract('its twin in memory', async () => {
  const twin = new ExchangeTwin(20);
  return {
    exchange: twin,
    hotlineNumber: '78005553535',
    addAgentPhone: async (sipUser, number) => twin.addAgentPhone(sipUser, number),
    async customerCalls(call) {
      const callId = twin.customerCalls(call);
      return async () => twin.farEndHangsUp(callId as string as LegId);
    },
    stop: async () => twin.close(),
  };
});
