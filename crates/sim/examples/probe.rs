use danggol_sim::folder::TemporaryFolder;
use danggol_sim::soak::chapter::{Batches, Chapter};
use danggol_store::Target;
fn main() {
    let a: Vec<u64> = std::env::args().skip(1).map(|x| x.parse().unwrap()).collect();
    for seed in a[0]..a[1] {
        let folder = TemporaryFolder::new("probe").unwrap();
        let [first, single] = ["first", "single"].map(|name| Target::sqlite(folder.path().join(name)));
        let chapter = Chapter { seed, commands: a[2], members: 10, batch: 30 };
        let t = std::time::Instant::now();
        match chapter.run(first, vec![(single, Batches::Single)]) {
            Ok(told) => println!("{seed} ok {:?} {:?} {:?} v{}", t.elapsed(), told.done, told.refused, told.versions),
            Err(e) => println!("{seed} FAIL {}", format!("{e:?}").chars().take(3500).collect::<String>()),
        }
    }
}
