// Draws the dashboard's panels from answers of Prometheus, with Grafana's own components and field overrides.
import {
  FieldConfigOptionsRegistry, applyFieldOverrides, createTheme, dateTime, getValueFormat, standardTransformers,
  standardTransformersRegistry, transformDataFrame,
} from '@grafana/data';
import { initPluginTranslations } from '@grafana/i18n';
import {
  BigValue, GlobalStyles, PanelChrome, Table, ThemeContext, TimeSeries, UPlotChart, UPlotConfigBuilder,
} from '@grafana/ui';
import { createRoot } from 'react-dom/client';
import { lastValueFrom } from 'rxjs';

import { cell } from './cell.mjs';
import { cellsOf, framesOf } from './frames.mjs';

const gap = 8;  // pixels between panels
const theme = createTheme({ colors: { mode: 'dark' } });

/** Every property that the dashboard sets somewhere, taken as it is. */
function registryOf({ fieldConfig: { defaults, overrides } }) {
  const custom = Object.keys(defaults.custom ?? {}).map((name) => `custom.${name}`);
  const set = overrides.flatMap(({ properties }) => properties.map(({ id }) => id));
  const names = new Set([...Object.keys(defaults).filter((name) => name !== 'custom'), ...custom, ...set]);
  return new FieldConfigOptionsRegistry(() => [...names].map((id) => ({
    id,
    path: id.replace('custom.', ''),
    isCustom: id.startsWith('custom.'),
    name: id,
    process: (value) => value,
    shouldApply: () => true,
  })));
}

async function prepared(panel, frames) {
  const transformed = await lastValueFrom(transformDataFrame(panel.transformations ?? [], frames));
  return applyFieldOverrides({
    data: transformed,
    fieldConfig: panel.fieldConfig,
    fieldConfigRegistry: registryOf(panel),
    replaceVariables: (text) => text,
    theme,
    timeZone: 'utc',
  });
}

function Empty({ panel }) {
  return <div className="empty">{panel.fieldConfig.defaults.noValue}</div>;
}

function Stat({ panel, frames, width, height }) {
  const field = frames[0].fields.find(({ type }) => type === 'number');
  const value = field.display(field.values.at(-1));
  return <BigValue theme={theme} width={width} height={height} value={value} colorMode={panel.options.colorMode}
    graphMode="none" justifyMode="auto" textMode={panel.options.textMode} />;
}

/** Annotations, as dashed lines. */
function mark(config, marks) {
  config.addHook('draw', (plot) => {
    const { ctx, bbox: { top, height } } = plot;
    ctx.save();
    ctx.setLineDash([5, 5]);
    for (const { time, colour } of marks) {
      const x = plot.valToPos(time * 1000, 'x', true);
      ctx.strokeStyle = theme.visualization.getColorByName(colour);
      ctx.beginPath();
      ctx.moveTo(x, top);
      ctx.lineTo(x, top + height);
      ctx.stroke();
    }
    ctx.restore();
  });
}

function Series({ panel, frames, width, height, range, marks }) {
  const marked = new WeakSet();
  const { options } = panel;
  return <TimeSeries frames={frames} width={width} height={height} timeRange={range} timeZone="utc"
    legend={options.legend} options={options} structureRev={1}>
    {(config) => {
      if (!marked.has(config)) mark(config, marks);
      marked.add(config);
    }}
  </TimeSeries>;
}

/** The heatmap panel is no part of Grafana's packages: only its axes, scale and colours are Grafana's here. */
function Heatmap({ panel, results, width, height, range, step }) {
  const shown = [range.from.valueOf(), range.to.valueOf()];
  const { bounds, cells } = cellsOf(results);
  const most = Math.max(...cells.map(({ count }) => count));
  const { exponent } = panel.options.color;
  const format = getValueFormat(panel.options.yAxis.unit);
  const used = cells.map(({ row }) => row);
  const [low, high] = [Math.min(...used), Math.max(...used) + 1];
  const names = [...bounds].map((bound) => {
    const { text, suffix = '' } = format(bound);
    return bound === Infinity ? 'more' : `${text}${suffix}`;
  });
  const config = new UPlotConfigBuilder('utc');
  config.addScale({ scaleKey: 'x', isTime: true, orientation: 0, direction: 1, range: shown });
  config.addScale({ scaleKey: 'y', orientation: 1, direction: 1, range: [low, high] });
  config.addAxis({ scaleKey: 'x', isTime: true, placement: 'bottom', timeZone: 'utc', theme });
  const splits = Array.from({ length: high - low }, (_, row) => low + row + 1);
  config.addAxis({ scaleKey: 'y', placement: 'left', theme, splits: () => splits,
    values: () => splits.map((split) => names[split - 1]) });
  config.addSeries({ scaleKey: 'y', theme, show: true, pathBuilder: () => null, showPoints: 'never' });
  config.addHook('draw', (plot) => {
    for (const { time, row, count } of cells) {
      const [left, right] = [time - step * 1000, time].map((x) => plot.valToPos(x, 'x', true));
      const [top, bottom] = [row + 1, row].map((y) => plot.valToPos(y, 'y', true));
      const shade = (count / most) ** exponent;
      plot.ctx.fillStyle = `hsl(210 ${40 + 45 * shade}% ${22 + 58 * shade}%)`;
      plot.ctx.fillRect(left + 1, top + 1, Math.max(1, right - left - 1), bottom - top - 1);
    }
  });
  return <UPlotChart data={[shown, [low, low]]} width={width} height={height} config={config} />;
}

function Body({ panel, ...rest }) {
  if (!rest.results.some(({ series }) => series.length)) return <Empty panel={panel} />;
  if (panel.type === 'stat') return <Stat panel={panel} {...rest} />;
  if (panel.type === 'table') return <Table data={rest.frames[0]} width={rest.width} height={rest.height} />;
  if (panel.type === 'heatmap') return <Heatmap panel={panel} {...rest} />;
  return <Series panel={panel} {...rest} />;
}

function Placed({ panel, children }) {
  const { x, y, w, h } = panel.gridPos;
  const size = { width: w * cell.width - gap, height: h * cell.height - gap };
  const style = { left: x * cell.width, top: y * cell.height, ...size };
  return <div id={`panel-${panel.id}`} className="placed" style={style}>{children(size)}</div>;
}

function Dashboard({ panels, range, marks }) {
  return <ThemeContext.Provider value={theme}>
    <GlobalStyles />
    {panels.map(({ panel, ...data }) => <Placed key={panel.id} panel={panel}>{({ width, height }) => (
      panel.type === 'row' ? <h2>{panel.title}</h2>
        : <PanelChrome title={panel.title} width={width} height={height}>
          {(inner, outer) => <Body panel={panel} {...data} width={inner} height={outer} range={range} marks={marks} />}
        </PanelChrome>
    )}</Placed>)}
  </ThemeContext.Provider>;
}

async function main() {
  await initPluginTranslations('lastframe');
  const byId = new Map(Object.values(standardTransformers).map((info) => [info.id, info]));  // some stand there twice
  standardTransformersRegistry.setInit(() => [...byId.values()].map((info) =>
    ({ id: info.id, name: info.name, transformation: () => Promise.resolve(info), editor: () => null })));
  const { dashboard, answered, marks, start, end } = await (await fetch('/answers.json')).json();
  const range = { from: dateTime(start * 1000), to: dateTime(end * 1000), raw: { from: 'now-5m', to: 'now' } };
  const panels = await Promise.all(dashboard.panels.map(async (panel) => {
    const { step, series } = answered[panel.id] ?? {};
    const results = (panel.targets ?? []).map((target, index) => ({ target, series: series[index] }));
    return { panel, results, step, frames: panel.targets ? await prepared(panel, framesOf(results, step)) : [] };
  }));
  document.body.style.background = theme.colors.background.canvas;
  createRoot(document.getElementById('root')).render(<Dashboard panels={panels} range={range} marks={marks} />);
}

main().catch((error) => { document.body.textContent = error.stack; });
