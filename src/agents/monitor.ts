import { z } from 'zod';
import { defineAgent, done } from './agent.js';
import { deploymentOutput } from './deployment.js';
import { partsOf, planned } from './inputs.js';

/** Field names of the documents (section 4.9); drift is null until it is measured. */
const monitorOutput = z.object({
  monitoring_enabled: z.boolean(),
  system_metrics: z.record(z.string(), z.number().nullable()).nullable(),
  alerts_triggered: z.array(z.unknown()),
  dashboard_url: z.string().nullable(),
});

/** Agent 9: starts to watch the endpoint: latency, errors, throughput. */
export const monitorAgent = defineAgent({
  name: 'monitor',
  input: planned.extend({ deployment: deploymentOutput }),
  output: monitorOutput,
  async run(input, { run, tools }) {
    const { request, applied, endpoint } = partsOf(input);
    if (!request.monitoring_enabled) {
      return done({ monitoring_enabled: false, system_metrics: null, alerts_triggered: [], dashboard_url: null });
    }
    const started = await tools.call('start_monitoring', {
      run,
      endpoint_name: endpoint,
      monitoring_config: { intensity: applied.monitoring_intensity },
    });
    return done({
      monitoring_enabled: true,
      system_metrics: started.system_metrics,
      alerts_triggered: started.alerts_triggered,
      dashboard_url: started.dashboard_url,
    });
  },
});
