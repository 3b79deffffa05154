import { getEndpointMetrics } from './get-endpoint-metrics.js';
import { startMonitoring } from './start-monitoring.js';

export const monitoringTools = [startMonitoring, getEndpointMetrics] as const;
