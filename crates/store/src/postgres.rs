//! Connecting to PostgreSQL, with TLS by rustls.

use std::path::Path;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::db::Conn;
use crate::error::StoreError;
use crate::target::{PostgresTarget, Tls};

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Writing, in batches whose reads go by key.
    Write,
    /// Short questions.
    Read,
    /// Long work on one view.
    ReadLong,
}

/// Every table is in a schema of its own, so that the shim function never meets the one of another program.
const SESSION: &str = "SET search_path = danggol; SET jit = off; SET TIME ZONE 'UTC'";

/// A batch reads at most some hundred rows by key. Tables that grow from nothing within seconds have no statistics yet, and a plan
/// that scans them would be kept.
const WRITER_SESSION: &str = "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off";

/// Connects. Must not be called inside an async runtime.
pub(crate) fn connect(target: &PostgresTarget, purpose: Purpose) -> Result<Conn, StoreError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(StoreError::file("the runtime of a PostgreSQL connection"))?;
    let tls = MakeRustlsConnect::new(tls_config(&target.tls)?);
    let client = runtime.block_on(async {
        let (client, connection) = target.config.connect(tls).await?;
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::warn!(%error, "a PostgreSQL connection broke");
            }
        });
        client.batch_execute(SESSION).await?;
        if purpose == Purpose::Write {
            client.batch_execute(WRITER_SESSION).await?;
        }
        Ok::<_, StoreError>(client)
    })?;
    Ok(Conn::from_postgres(runtime, client))
}

fn tls_config(tls: &Tls) -> Result<ClientConfig, StoreError> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|error| StoreError::Tls(error.to_string()))?;
    Ok(match tls {
        Tls::Unverified => {
            builder.dangerous().with_custom_certificate_verifier(Arc::new(Unverified(provider))).with_no_client_auth()
        }
        Tls::VerifyFull { roots } => builder.with_root_certificates(root_store(roots)?).with_no_client_auth(),
    })
}

fn root_store(path: &Path) -> Result<RootCertStore, StoreError> {
    let named = |error: &dyn std::fmt::Display| StoreError::Tls(format!("{}: {error}", path.display()));
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).map_err(|error| named(&error))? {
        roots.add(certificate.map_err(|error| named(&error))?).map_err(|error| named(&error))?;
    }
    match roots.is_empty() {
        true => Err(named(&"no certificate in it")),
        false => Ok(roots),
    }
}

/// Encrypts without asking who the server is: what `sslmode=prefer` and `require` mean in libpq too.
#[derive(Debug)]
struct Unverified(Arc<CryptoProvider>);

impl ServerCertVerifier for Unverified {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
