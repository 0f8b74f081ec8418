import type { Pyramid } from '@danggol/api';
import type { Format } from '../../format';
import type { T } from '../../language';
import type { Palette } from '../../theme';
import { slices } from './shape';

const row = 96;
const gap = 6;
const shapeWidth = 360;
const left = 48;
const top = 128;

/** The pyramid as a picture to put into a report: title, layers, shares, and the period it is of. */
export async function pictureOf(pyramid: Pyramid, title: string, colour: Palette, format: Format, t: T): Promise<Blob> {
  const height = pyramid.layers.length * row;
  const scale = 2;
  const canvas = document.createElement('canvas');
  canvas.width = 1120 * scale;
  canvas.height = (top + height + 88) * scale;
  const pen = canvas.getContext('2d');
  if (!pen) throw new Error('this browser draws no canvas');
  const font = getComputedStyle(document.body).fontFamily;
  const write = (text: string, x: number, y: number, size: number, fill: string, weight = 400, align: CanvasTextAlign = 'left') => {
    pen.font = `${weight} ${size}px ${font}`;
    pen.fillStyle = fill;
    pen.textAlign = align;
    pen.textBaseline = 'middle';
    pen.fillText(text, x, y);
  };
  pen.scale(scale, scale);
  pen.fillStyle = colour.ground;
  pen.fillRect(0, 0, canvas.width, canvas.height);
  write(title, left, 48, 28, colour.text, 650);
  write(t('pyramid.period_said', { from: format.date(pyramid.from), to: format.date(pyramid.to), n: pyramid.buyers }), left, 88, 16, colour.soft);
  const layerColours = [colour.layer1, colour.layer2, colour.layer3, colour.layer4];
  const layerInks = [colour.layer1Text, colour.layer2Text, colour.layer3Text, colour.layer4Text];
  const most = Math.max(1, ...pyramid.layers.map((layer) => layer.amount_share_bp));
  slices(pyramid.layers.length, shapeWidth, height - gap, gap).forEach((shape, index) => {
    const layer = pyramid.layers[index];
    if (!layer) return;
    const fill = layerColours[Math.min(index, 3)] ?? colour.layer4;
    pen.fillStyle = fill;
    pen.beginPath();
    shape.points.forEach(([x, y], corner) => (corner === 0 ? pen.moveTo(left + x, top + y) : pen.lineTo(left + x, top + y)));
    pen.closePath();
    pen.fill();
    const y = top + shape.middle;
    if (index > 0) write(format.compact(layer.members), left + shapeWidth / 2, y, 20, layerInks[Math.min(index, 3)] ?? colour.text, 600, 'center');
    const words = left + shapeWidth + 40;
    write(layer.name, words, y - 12, 18, colour.text, 600);
    write(t('pyramid.layer_people', { n: layer.members, share: format.percent(layer.member_share_bp, 1) }), words, y + 14, 14, colour.soft);
    const bar = words + 208;
    pen.fillStyle = fill;
    pen.fillRect(bar, y - 10, Math.max((layer.amount_share_bp / most) * 248, 2), 20);
    write(format.percent(layer.amount_share_bp, 1), 1080, y - 12, 20, colour.text, 650, 'right');
    write(format.moneyCompact(layer.amount_minor), 1080, y + 14, 14, colour.soft, 400, 'right');
  });
  return new Promise((done, fail) => canvas.toBlob((blob) => (blob ? done(blob) : fail(new Error('no picture came'))), 'image/png'));
}
