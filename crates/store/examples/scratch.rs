use danggol_store::*;
use danggol_store::bulk::*;
use danggol_store::schema::*;
use std::time::Instant;
struct P{id:i64,m:i64,day:i64,lines:&'static str}
impl BindRow for P{fn bind(&self,b:&mut Binder<'_>){
 b.int(self.id);b.int(self.m);b.int(self.m);b.text("till-0001-00001234");b.text("store");b.text("s01");b.opt_text(None);
 b.int(self.id);b.int(self.id);b.int(self.day);b.int(1000);b.int(0);b.int(0);b.int(0);b.int(3);b.text("earn");b.text("key");b.opt_int(Some(1));b.opt_int(Some(1));
 b.text(self.lines);b.opt_text(None);b.opt_text(Some("{\"g\":[{\"r\":0,\"s\":\"points\",\"n\":100}],\"x\":1795305600000,\"b\":2300}"));b.int(0);b.int(0);b.opt_text(None);b.int(12345);
}}
struct H{id:i64,v:i64}
impl BindRow for H{fn bind(&self,b:&mut Binder<'_>){b.int(self.id);b.int(self.v);b.opt_text(None);b.int(5);b.opt_int(Some(1));b.int(self.v);b.text("{\"p\":{\"l\":[{\"i\":29800000000000,\"e\":100,\"r\":100,\"x\":1795305600000},{\"i\":29800000000000,\"e\":100,\"r\":100,\"x\":1795305600000}]},\"d\":[[20000,1000,0,1],[20010,1000,0,1]],\"n\":2,\"m\":2000,\"f\":1795305600000,\"z\":1795305600000}");}}
struct Po{e:i64,s:i64}
impl BindRow for Po{fn bind(&self,b:&mut Binder<'_>){b.int(self.e);b.int(self.s);b.int(7);b.text("points");b.text("issued");b.text("holder");b.int(100);}}
fn ev(k:&str,d:i64)->i64{std::env::var(k).ok().and_then(|v|v.parse().ok()).unwrap_or(d)}
fn main(){
 let arg=std::env::args().nth(1).unwrap();
 let target= if arg.starts_with("postgres"){Target::postgres(&arg,|_|None).unwrap()}else{Target::sqlite(&arg)};
 let store=Store::open(target,StoreOptions{log:sqlite::LogBounds{passive_bytes:ev("PASSIVE",32)<<20,restart_bytes:ev("RESTART",128)<<20},..StoreOptions::default()},1).unwrap();
 let members=1_000_000i64; let mut x=88172645463325252u64; let mut rnd=move||{x^=x<<13;x^=x>>7;x^=x<<17;(x>>8) as i64};
 let lines="[[\"SKU-000123\",\"drinks\",1,300],[\"SKU-000124\",\"snacks\",1,300],[\"SKU-000125\",null,1,400]]";
 let n=500_000i64;
 store.write_blocking(|c|{c.execute("DELETE FROM purchase",&[])?;c.execute("DELETE FROM holder",&[])?;c.execute("DELETE FROM posting",&[])}).unwrap();
 let t=Instant::now();
 for chunk in (1..=members).collect::<Vec<_>>().chunks(10000).map(|c|c.to_vec()){ store.write_blocking(move|c|{let r:Vec<H>=chunk.iter().map(|&id|H{id,v:1}).collect();c.insert_rows(&HOLDER,Conflict::Fail,r.iter())}).unwrap();}
 println!("holders {:?}",t.elapsed());
 let upd=Conflict::Update{on:&["holder_id"],set:"version = excluded.version, state = excluded.state, points = excluded.points, review_at_ms = excluded.review_at_ms, last_entry_id = excluded.last_entry_id",guard:Some("holder.version = excluded.version - 1")};
 let mut tp=0u128;let mut tq=0;let mut tc=0;let mut tb=0;let mut lat=vec![];let mut tpo=0u128;let mut th=0u128;let t=Instant::now();let mut id=1i64<<40;
 for _ in 0..n/512 {
  let ms:Vec<i64>=(0..512).map(|_|rnd()%members+1).collect();
  let t0=Instant::now();let base=id; id+=512*4;
  let (tx,rx)=std::sync::mpsc::channel();let w=store.writer().unwrap();w.submit(move|c|{let c=c.unwrap();let z0=Instant::now();c.begin().unwrap();let z1=Instant::now();let r=(|c:&mut Conn|->Result<(u128,u128,u128,u128),StoreError>{
   let p:Vec<P>=ms.iter().enumerate().map(|(i,&m)|P{id:base+i as i64*4,m,day:20000+(i as i64%400),lines}).collect();
   let po:Vec<Po>=p.iter().flat_map(|p|[Po{e:p.id,s:0},Po{e:p.id,s:1}]).collect();
   let mut hs=ms.clone();hs.sort();hs.dedup();
   let ids=db::int_array(hs.iter().copied());
   let vs=c.query("SELECT holder_id, version FROM holder WHERE holder_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) ORDER BY holder_id",&[(&ids).into()],|r|Ok((r.int(0)?,r.int(1)?)))?;
   let h:Vec<H>=vs.iter().map(|&(id,v)|H{id,v:v+1}).collect();
   let a=Instant::now(); let q=(a-z1).as_nanos(); c.insert_rows(&PURCHASE,Conflict::Fail,p.iter())?; let b=Instant::now();
   c.insert_rows(&POSTING,Conflict::Fail,po.iter())?; let d=Instant::now();
   let w=c.insert_rows(&HOLDER,upd,h.iter())?; let e=Instant::now(); assert_eq!(w.missed.len(),0);
   Ok(((b-a).as_nanos(),(d-b).as_nanos(),(e-d).as_nanos(),q))})(c).unwrap();let y=Instant::now();c.commit().unwrap();let cm=y.elapsed().as_nanos();let bg=(z1-z0).as_nanos();tx.send((r.0,r.1,r.2,r.3,cm,bg)).unwrap();}).unwrap();let d=rx.recv().unwrap();lat.push(t0.elapsed().as_micros());
  tp+=d.0;tq+=d.3;tc+=d.4;tb+=d.5;tpo+=d.1;th+=d.2;
 }
 let s=t.elapsed().as_secs_f64();lat.sort();println!("select {} begin {} commit {} us/batch; p50 {} p99 {} max {}",tq/1000/(n as u128/512),tb/1000/(n as u128/512),tc/1000/(n as u128/512),lat[lat.len()/2],lat[lat.len()*99/100],lat[lat.len()-1]);
 println!("{n} purchases {s:.2}s = {:.0}/s; purchase {} ns/row (26 cols), posting {} ns/row (7), holder upsert {} ns/row (7)",n as f64/s,tp/n as u128,tpo/(2*n) as u128,th/n as u128);
 for _ in 0..ev("READS",0){
 let t=Instant::now(); let b=store.read_blocking(|c|insight::buyers(c,20000,20400)).unwrap(); println!("buyers {} {:?}",b.len(),t.elapsed());
 let t=Instant::now(); let b=store.read_blocking(|c|{let mut m=std::collections::HashMap::<i64,(i64,i64,i64,i64)>::new();c.query_each("SELECT member_id, amount_minor - returned_minor, quantity - returned_quantity, CASE WHEN returned IS NOT NULL AND returned_minor >= amount_minor AND returned_quantity >= quantity THEN 0 ELSE 1 END, occurred_at_ms FROM purchase WHERE business_date >= $1 AND business_date <= $2",&[20000.into(),20400.into()],|r|{let e=m.entry(r.int(0)?).or_default();e.0+=r.int(1)?;e.1+=r.int(2)?;e.2+=r.int(3)?;e.3=e.3.max(r.int(4)?);Ok(())})?;let mut v:Vec<_>=m.into_iter().collect();v.sort();Ok(v)}).unwrap(); println!("stream {} {:?}",b.len(),t.elapsed());
 let t=Instant::now(); let b=store.read_blocking(|c|insight::holders_by_tier(c)).unwrap(); println!("tiers {:?} {:?}",b,t.elapsed());
 let t=Instant::now(); let b=store.read_blocking(|c|insight::stores(c)).unwrap(); println!("stores {:?} {:?}",b.len(),t.elapsed());
 }
}
