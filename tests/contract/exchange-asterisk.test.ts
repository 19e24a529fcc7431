import { exchangeContract } from './exchange.suite.ts';
import { hotlineNumber, startExchangeBed } from './exchange-bed.ts';

exchangeContract('a real Asterisk', async () => {
  const bed = await startExchangeBed(22_540);
  const connection = bed.connect();
  return {
    exchange: connection.exchange,
    hotlineNumber,
    addAgentPhone: bed.addAgentPhone,
    async customerCalls(call) {
      const { channelId } = await bed.customers.call({ ...call, behaviour: 'silent' });
      return () => bed.customers.hangUp(channelId);
    },
    async stop() {
      connection.close();
      await bed.stop();
    },
  };
});
