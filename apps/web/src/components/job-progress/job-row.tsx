import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { tryText } from '../../lib/i18n';
import type { ProvisioningJob } from '../../lib/types';
import { Status } from '../ui/status';
import css from './job.module.css';

export const JobRow = ({ job, when }: { job: ProvisioningJob; when: ReactNode }) => (
  <div className={css.row}>
    <Link to="/platform/provisioning/$job_id" params={{ job_id: job.provisioning_job_id }}>
      {tryText(`job.${job.kind}`, job.kind)}
    </Link>
    {when}
    <Status word={job.state} />
  </div>
);
