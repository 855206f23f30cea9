// Which panel does the arithmetic of which kind of layer.

import { ConvPanel } from "./conv.js";
import { CurvePanel } from "./curve.js";
import { LrnPanel } from "./lrn.js";
import { PassPanel } from "./pass.js";
import { PoolPanel } from "./pool.js";

export const PANELS = {
  conv: ConvPanel,
  max_pool: PoolPanel,
  adaptive_avg_pool: PoolPanel,
  lrn: LrnPanel,
  batch_norm: CurvePanel,
  activation: CurvePanel,
  flatten: PassPanel,
  dropout: PassPanel,
};
