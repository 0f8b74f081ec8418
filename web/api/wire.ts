import type { components } from './schema';

/** The shapes of the API under the names that the console uses, taken from the generated description; nothing here is written by hand twice. */
type Schemas = components['schemas'];

/** What the server always fills in when it answers, although it may be left out when it is sent. */
type Filled<T> = T extends Schemas['Condition']
  ? T
  : T extends (infer Item)[]
    ? Filled<Item>[]
    : T extends object
      ? { [Name in keyof T]-?: Filled<Exclude<T[Name], undefined>> }
      : T;

export interface Page<T> {
  items: T[];
  next_cursor?: string | null;
  total?: number | null;
}

export type Role = Schemas['Role'];
export type Language = Schemas['Language'];
export type Problem = Schemas['Problem'];
export type Brand = Schemas['Brand'];
export type BrandPatch = Schemas['BrandPatch'];
export type Session = Schemas['Session'];
export type Setup = Schemas['Setup'];
export type User = Schemas['User'];
export type NewUser = Schemas['NewUser'];
export type UserPatch = Schemas['UserPatch'];
export type Today = Schemas['Today'];

export type Gender = Schemas['Gender'];
export type Birthday = Schemas['BirthdayWire'];
export type IdentityKind = Schemas['IdentityKind'];
export type Identity = Schemas['IdentityView'];
export type NewIdentity = Schemas['NewIdentity'];
export type Member = Schemas['Member'];
export type MemberRow = Schemas['MemberRow'];
export type ConsentChannel = Schemas['ConsentChannel'];
export type ConsentDraft = Schemas['ConsentDraft'];
export type ConsentEntry = Schemas['ConsentEntryView'];
export type ConsentRules = Schemas['ConsentRulesView'];
export type ConsentRulesDraft = Schemas['ConsentRulesDraft'];
export type ConsentState = Schemas['ConsentState'];
export type ConsentView = Schemas['ConsentView'];
export type ConsentWay = Schemas['ConsentWay'];
export type ConsentWord = Schemas['ConsentWord'];
export type Purpose = Schemas['PurposeView'];
export type DissolvedHousehold = Schemas['DissolvedHousehold'];
export type Household = Schemas['Household'];
export type HouseholdDraft = Schemas['HouseholdDraft'];
export type HouseholdPatch = Schemas['HouseholdPatch'];
export type HouseholdPlace = Schemas['HouseholdPlace'];
export type HouseholdRole = Schemas['HouseholdRole'];
export type HouseholdRules = Schemas['HouseholdRules'];
export type MergePreview = Schemas['MergePreview'];
export type MergeRules = Schemas['MergeRules'];
export type Duplicate = Schemas['Duplicate'];
export type Duplicates = Schemas['Duplicates'];
export type DuplicateFile = Schemas['DuplicateFile'];
export type DuplicateCertainty = Schemas['DuplicateCertainty'];
export type DuplicateClue = Schemas['DuplicateClue'];
export type DuplicateStage = Schemas['DuplicateStage'];
export type MemberFilter = Schemas['MemberFilter'];
export type MemberView = Schemas['MemberView'];
export type KeptView = Schemas['KeptView'];
export type ListExport = Schemas['ListExport'];
export type MemberStatus = Schemas['MemberStatus'];
export type MemberSource = Schemas['Source'];
export type NewMember = Schemas['MemberDraft'];
export type MemberFields = Schemas['MemberPatch'];
export type Standing = Schemas['Standing'];
export type TierName = Schemas['TierName'];
export type NextTier = Schemas['NextTier'];
export type Measure = Schemas['Measure'];
export type Lot = Schemas['LotView'];
export type Note = Schemas['NoteView'];
export type Change = Schemas['ChangeView'];
export type FieldChange = Schemas['FieldView'];
export type TimelineItem = Schemas['MomentView'];

export type Asset = Schemas['Asset'];
export type Entry = Schemas['EntryView'];
export type EntryKind = Schemas['EntryKind'];
export type NewAdjustment = Schemas['NewAdjustment'];
export type AdjustmentResult = Schemas['AdjustmentResult'];
export type NewTopUp = Schemas['NewTopUp'];
export type NewRefund = Schemas['NewRefund'];
export type Statement = Schemas['Statement'];
export type ValueAmounts = Schemas['ValueAmounts'];
export type BalanceWhy = Schemas['BalanceWhy'];
export type TierWhy = Schemas['TierWhy'];

export type Purchase = Schemas['PurchaseView'];
export type PurchaseLine = Schemas['LineView'];
export type NewPurchase = Schemas['NewPurchase'];
export type NewLine = Schemas['NewLine'];
export type PurchaseResult = Schemas['PurchaseResult'];
export type Savings = Schemas['Savings'];
export type SavingsBasket = Schemas['SavingsBasket'];
export type SavingsTier = Schemas['SavingsTier'];
export type NewReturn = Schemas['NewReturn'];
export type ReturnResult = Schemas['ReturnResult'];
export type TenderKind = Schemas['TenderKind'];
export type Store = Schemas['StoreView'];
export type Product = Schemas['Product'];

export type Attribute = Schemas['AttributeView'];
export type AttributeType = Schemas['Kind'];
export type Operator = Schemas['Operator'];
export type Condition = Schemas['Condition'];
export type Comparison = Schemas['Test'];
export type Operand = Schemas['Operand'];
export type EventTest = Schemas['EventTest'];
export type EventMeasure = Schemas['MeasureView'];
export type CustomTest = Schemas['CustomTest'];
export type ConsentTest = Schemas['ConsentTest'];

export type Programme = Filled<Schemas['Programme']>;
export type Rule = Filled<Schemas['Rule']>;
export type Award = Filled<Schemas['Gives']>;
export type Offer = Filled<Schemas['Offer']>;
export type Occasion = Filled<Schemas['Occasion']>;
export type OccasionCaps = Filled<Schemas['OccasionCaps']>;
export type Effect = Filled<Schemas['Effect']>;
export type Rounding = Schemas['Rounding'];
export type Caps = Filled<Schemas['Caps']>;
export type Expiry = Filled<Schemas['Expiry']>;
export type TopUps = Filled<Schemas['TopUps']>;
export type TopUpStep = Filled<Schemas['TopUpStep']>;
export type Redemption = Filled<Schemas['Redemption']>;
export type Level = Filled<Schemas['Level']>;
export type TierWindow = Filled<Schemas['Window']>;
export type Weights = Filled<Schemas['Weights']>;
export type Fault = Schemas['FaultView'];
export type Words = Schemas['Said'];
export type CheckedProgramme = Schemas['Checked'];
export type ProgrammeState = Omit<Schemas['ProgrammeView'], 'published' | 'draft'> & {
  published: Omit<Schemas['PublishedView'], 'programme'> & { programme: Programme };
  draft?: (Omit<Schemas['DraftView'], 'programme'> & { programme: Programme }) | null;
};
export type ProgrammeVersion = Schemas['VersionView'];

export type Segment = Schemas['SegmentView'];
export type Snapshot = Schemas['SnapshotView'];
export type AttributeName = Schemas['Attribute'];
export type Portrait = Schemas['Portrait'];
export type PortraitPart = Schemas['PortraitPart'];
export type Question = Schemas['QuestionView'];
export type Classes = Schemas['Classes'];
export type WhatIf = Schemas['WhatIfView'];
export type WhatIfProgress = Schemas['WhatIfProgress'];
export type WhatIfResult = Schemas['WhatIfResult'];
export type WhatIfMonth = Schemas['WhatIfMonth'];
export type WhatIfShifted = Schemas['WhatIfShifted'];
export type WhatIfMoved = Schemas['WhatIfMoved'];
export type Lifestyles = Schemas['Lifestyles'];
export type LifestyleGroup = Schemas['LifestyleGroup'];
export type LifestyleApart = Schemas['Apart'];
export type LifestyleProposal = Schemas['LifestyleProposal'];
export type LifestyleStage = Schemas['LifestyleStage'];
export type LifestyleCategory = Schemas['LifestyleCategory'];
export type LifestyleCategories = Schemas['LifestyleCategories'];
export type LifestyleSource = Schemas['LifestyleMeaningSource'];
export type ClassSet = Schemas['ClassSet'];
export type ClassRules = Schemas['ClassRules'];
export type BandTable = Schemas['BandTable'];
export type BandCell = Schemas['BandCell'];
export type BandRules = Schemas['BandRules'];
export type AgeBand = Schemas['AgeBand'];
export type IncomeBand = Schemas['IncomeView'];
export type IncomeKind = Schemas['IncomeKind'];
export type Movement = Schemas['Movement'];
export type NearMember = Schemas['NearView'];
export type Guards = Schemas['Guards'];
export type NoBulk = Schemas['NoBulkView'];
export type Tag = Schemas['TagView'];
export type Coupon = Schemas['CouponView'];
export type CouponTemplate = Filled<Schemas['CouponTemplateView']>;
export type NewCouponTemplate = Schemas['CouponTemplate'];
export type LocalText = Schemas['LocalText'];
export type GiftTerms = Omit<Filled<Schemas['GiftTerms']>, 'name'> & { name: LocalText };
export type Allowance = Filled<Schemas['Allowance']>;
export type Gift = Omit<Schemas['GiftView'], 'terms'> & { terms: GiftTerms };
export type Festival = Schemas['FestivalView'];
export type FestivalTerms = Schemas['FestivalTerms'];
export type OfferedGift = Schemas['OfferedGift'];
export type Reservation = Schemas['ReservationView'];
export type NewReservation = Schemas['NewReservation'];
export type HandingOver = Schemas['HandingOver'];
export type Restocking = Schemas['Restocking'];
export type TagGroup = Schemas['TagGroupView'];
export type NewTag = Schemas['NewTag'];
export type TagPatch = Schemas['TagPatch'];
export type MemberTag = Schemas['MemberTag'];
export type TagEntry = Schemas['TagEntryView'];
export type Reason = Schemas['ReasonView'];
export type ExpectedValue = Schemas['ExpectedValue'];
export type Calibration = Schemas['CalibrationView'];
export type MemberExpectedValue = Schemas['MemberExpectedValue'];
export type Pyramid = Schemas['PyramidView'];
export type PyramidLayer = Schemas['Layer'];
export type PyramidMember = Schemas['RankedMember'];

export type Scope = Schemas['Scope'];
export type Key = Schemas['ApiKey'];
export type MadeKey = Schemas['MadeKey'];

export type ImportKind = Schemas['ImportKind'];
export type ImportStatus = Schemas['Status'];
export type Import = Schemas['Import'];
