/** One cell of Grafana's grid, in pixels. */
export const cell = { width: 60, height: 38 };
