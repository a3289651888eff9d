/** What pruning would gain, told before anything is pruned. Public as `lacewing/forecast`. */
export { type Forecast, type ForecastOptions, forecast, type LayerForecast, printForecast } from './forecast.ts';
