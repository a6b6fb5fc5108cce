//! Renders a snapshot, and only what changed since the one before.
//!
//! Owns: what is kept from rendering to rendering. Jobs are rendered in small groups: a group whose jobs are the
//! same and equally fresh is taken over as it is; in a group that changed, a family whose text did not change is
//! not compressed again. Knows nothing of when it is called.

use std::sync::{Arc, LazyLock};

use jiff::Timestamp;

use super::catalogue::{ALL, FROM_SNAPSHOT};
use super::jobs::{Texts, push_job, push_project};
use super::segment::{Checksum, Compressor, Segment};
use super::text::{Format, push_header};
use crate::ids::ProjectName;
use crate::inventory::{Job, Project, Snapshot};

/// Jobs rendered together. Fewer make more blocks, which every scrape walks through; more make a change of one job
/// cost more. 32 jobs with 5 tasks each are about half a mebibyte of text.
const GROUP_JOBS: usize = 32;

/// The families of a snapshot as blocks of bytes, ready in both formats and both encodings.
#[derive(Debug, Default)]
pub(super) struct Exposition {
    /// Families that have samples, each with its place in the catalogue.
    families: Vec<(usize, Arc<FamilyText>)>,
}

/// The samples of one family.
#[derive(Debug, Default)]
struct FamilyText {
    segments: Vec<Arc<Segment>>,
    checksum: Checksum,
}

/// Header blocks by format, each in the order of the catalogue.
static HEADERS: LazyLock<[Vec<Segment>; Format::ALL.len()]> = LazyLock::new(|| {
    let mut compressor = Compressor::new();
    Format::ALL.map(|format| {
        let mut header = |metric| {
            let mut text = String::new();
            push_header(&mut text, metric, format);
            compressor.segment(&text)
        };
        ALL.iter().take(FROM_SNAPSHOT).map(&mut header).collect()
    })
});

impl Exposition {
    /// Every block in order, each family's header before its samples.
    pub(super) fn segments(&self, format: Format) -> impl Iterator<Item = &Segment> {
        self.families.iter().flat_map(move |(place, family)| {
            let header = &HEADERS[format as usize][*place];
            std::iter::once(header).chain(family.segments.iter().map(Arc::as_ref))
        })
    }

    /// The checksum of all of that. Taken per family: one for each block would cost a scrape milliseconds.
    pub(super) fn checksum(&self, format: Format) -> Checksum {
        let mut checksum = Checksum::default();
        for (place, family) in &self.families {
            checksum.append(HEADERS[format as usize][*place].checksum());
            checksum.append(&family.checksum);
        }
        checksum
    }
}

/// What is kept between renderings.
#[derive(Debug)]
pub(super) struct Renderer {
    projects: Vec<RenderedProject>,
    families: [Arc<FamilyText>; FROM_SNAPSHOT],
    workshop: Workshop,
}

/// What it takes to make blocks, used again and again.
#[derive(Debug)]
struct Workshop {
    texts: Texts,
    compressor: Compressor,
}

#[derive(Debug, Default)]
struct RenderedProject {
    own: Blocks,
    groups: Vec<Group>,
}

/// Some jobs of a project, as they were when they were rendered.
#[derive(Debug)]
struct Group {
    project: ProjectName,
    tasks_per_job: usize,
    /// Held, so that a pointer that is equal means a job that is the same.
    jobs: Vec<Arc<Job>>,
    /// For everything of every job that can go stale, whether it was fresh.
    fresh: Vec<bool>,
    blocks: Blocks,
}

/// A block for each family of the snapshot, none where there is nothing to say.
type Blocks = [Option<Arc<Segment>>; FROM_SNAPSHOT];

impl Renderer {
    /// Has rendered nothing yet.
    pub(super) fn new() -> Self {
        Self {
            projects: Vec::new(),
            families: std::array::from_fn(|_| Arc::default()),
            workshop: Workshop {
                texts: Texts::new(),
                compressor: Compressor::new(),
            },
        }
    }

    /// Renders `snapshot` as it is at `now`.
    pub(super) fn render(&mut self, snapshot: &Snapshot, now: Timestamp) -> Exposition {
        self.projects
            .resize_with(snapshot.projects.len(), RenderedProject::default);
        for (rendered, project) in self.projects.iter_mut().zip(&snapshot.projects) {
            rendered.own = self
                .workshop
                .blocks(Some(&rendered.own), |texts| push_project(texts, project));
            render_jobs(&mut rendered.groups, &mut self.workshop, project, now);
        }
        self.join_families();
        let with_samples = self
            .families
            .iter()
            .enumerate()
            .filter(|(_, family)| !family.segments.is_empty());
        Exposition {
            families: with_samples
                .map(|(place, family)| (place, Arc::clone(family)))
                .collect(),
        }
    }

    /// Puts the blocks of each family into a row; a family of the same blocks as before keeps its checksum.
    fn join_families(&mut self) {
        for (place, family) in self.families.iter_mut().enumerate() {
            let all_blocks = self.projects.iter().flat_map(|project| {
                std::iter::once(&project.own).chain(project.groups.iter().map(|group| &group.blocks))
            });
            let segments: Vec<_> = all_blocks.filter_map(|blocks| blocks[place].clone()).collect();
            let same = segments.len() == family.segments.len()
                && segments
                    .iter()
                    .zip(&family.segments)
                    .all(|(new, old)| Arc::ptr_eq(new, old));
            if !same {
                let mut checksum = Checksum::default();
                for segment in &segments {
                    checksum.append(segment.checksum());
                }
                *family = Arc::new(FamilyText { segments, checksum });
            }
        }
    }
}

fn render_jobs(groups: &mut Vec<Group>, workshop: &mut Workshop, project: &Project, now: Timestamp) {
    let mut known = std::mem::take(groups).into_iter();
    for jobs in project.jobs.chunks(GROUP_JOBS) {
        groups.push(render_group(known.next(), workshop, project, jobs, now));
    }
}

fn render_group(
    known: Option<Group>,
    workshop: &mut Workshop,
    project: &Project,
    jobs: &[Arc<Job>],
    now: Timestamp,
) -> Group {
    let fresh: Vec<bool> = jobs
        .iter()
        .flat_map(|job| job.freshness(now, project.stale_after))
        .collect();
    let blocks = match known {
        Some(group) if group.speaks_of(project, jobs, &fresh) => return group,
        known => {
            let known = known.as_ref().map(|group| &group.blocks);
            workshop.blocks(known, |texts| {
                for job in jobs {
                    push_job(texts, project, job, now);
                }
            })
        }
    };
    Group {
        project: project.name.clone(),
        tasks_per_job: project.tasks_per_job,
        jobs: jobs.to_vec(),
        fresh,
        blocks,
    }
}

impl Group {
    fn speaks_of(&self, project: &Project, jobs: &[Arc<Job>], fresh: &[bool]) -> bool {
        self.project == project.name
            && self.tasks_per_job == project.tasks_per_job
            && self.fresh == fresh
            && self.jobs.len() == jobs.len()
            && self.jobs.iter().zip(jobs).all(|(old, new)| Arc::ptr_eq(old, new))
    }
}

impl Workshop {
    /// A block for each text that `write` leaves; the known one where the text is the same.
    fn blocks(&mut self, known: Option<&Blocks>, write: impl FnOnce(&mut Texts)) -> Blocks {
        self.texts.clear();
        write(&mut self.texts);
        let mut texts = self.texts.iter();
        std::array::from_fn(|place| {
            let text = texts.next().filter(|text| !text.is_empty())?;
            match known.and_then(|blocks| blocks[place].as_ref()) {
                Some(segment) if segment.plain() == text => Some(Arc::clone(segment)),
                _ => Some(Arc::new(self.compressor.segment(text))),
            }
        })
    }
}

#[cfg(test)]
mod tests;
